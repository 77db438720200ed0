import type { Metadata } from "next";

import { loadEnvironment } from "#app/(console)/environments/[environmentId]/load-environment.ts";

import { updateEnvironmentAction } from "#app/(console)/environments/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { EnvironmentForm } from "#components/inventory/environment-form.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata({
  params,
}: PageProps<"/environments/[environmentId]/edit">): Promise<Metadata> {
  const { answer } = await loadEnvironment((await params).environmentId);
  return answer.ok ? pageMetadata(`Edit ${answer.value.name}`, answer.value) : pageMetadata("Environments");
}

export default async function EditEnvironmentPage({
  params,
}: PageProps<"/environments/[environmentId]/edit">) {
  const { answer, canManage } = await loadEnvironment((await params).environmentId);
  if (!answer.ok) return <RefusedPage label="Environments" href="/environments" message={answer.message} />;
  const environment = answer.value;
  if (!canManage)
    return (
      <RefusedPage
        label="Environments"
        href="/environments"
        message="Changing it takes an administrator of its environment."
      />
    );
  return (
    <Page
      crumbs={[
        { label: "Environments", href: "/environments" },
        { label: environment.name, href: `/environments/${environment.id}` },
        { label: "Edit" },
      ]}
      environment={environment}
      width="narrow"
    >
      <PageHeader title={`Edit ${environment.name}`} />
      <EnvironmentForm environment={environment} save={updateEnvironmentAction} />
    </Page>
  );
}
