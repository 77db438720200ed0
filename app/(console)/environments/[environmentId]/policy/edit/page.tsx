import type { Metadata } from "next";

import { setPolicyAction } from "#app/(console)/environments/[environmentId]/policy/actions.ts";
import { loadPolicy } from "#app/(console)/environments/[environmentId]/policy/load-policy.ts";
import { PolicyForm } from "#components/approvals/policy-form.tsx";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export const metadata: Metadata = pageMetadata("Change the policy");

export default async function EditPolicyPage({
  params,
}: PageProps<"/environments/[environmentId]/policy/edit">) {
  const answer = await loadPolicy((await params).environmentId);
  if (!answer.ok) return <RefusedPage label="Environments" href="/environments" message={answer.message} />;
  const { policy } = answer.value;
  const { id, name } = policy.environment;
  if (!policy.canChange) {
    const message = `You need the role administrator on ${name} to change its policy.`;
    return <RefusedPage label="Policy and freeze" href={`/environments/${id}/policy`} message={message} />;
  }
  const crumbs = [
    { label: name, href: `/environments/${id}` },
    { label: "Policy and freeze", href: `/environments/${id}/policy` },
    { label: "Change" },
  ];
  return (
    <Page crumbs={crumbs} environment={policy.environment} width="narrow">
      <PageHeader
        title={`Change the policy of ${name}`}
        description="Whoever asks never counts, and nobody counts twice. A policy that can never be met is refused; the old versions stay."
      />
      <PolicyForm key={policy.version} policy={policy} save={setPolicyAction} />
    </Page>
  );
}
