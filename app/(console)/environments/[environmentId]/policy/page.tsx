import type { Metadata } from "next";

import {
  addWindowAction,
  removeWindowAction,
  setFreezeAction,
} from "#app/(console)/environments/[environmentId]/policy/actions.ts";
import { loadPolicy } from "#app/(console)/environments/[environmentId]/policy/load-policy.ts";
import { PolicyHistory } from "#components/approvals/policy-history.tsx";
import { PolicySummary } from "#components/approvals/policy-summary.tsx";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { FreezePanel } from "#components/freeze/freeze-panel.tsx";
import { WindowsPanel } from "#components/freeze/windows-panel.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

const WINDOWS = { setFreeze: setFreezeAction, addWindow: addWindowAction, removeWindow: removeWindowAction };

type Props = PageProps<"/environments/[environmentId]/policy">;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const answer = await loadPolicy((await params).environmentId);
  if (!answer.ok) return pageMetadata("Environments");
  const { environment } = answer.value.policy;
  return pageMetadata(`Policy of ${environment.name}`, environment);
}

export default async function PolicyPage({ params }: Props) {
  const answer = await loadPolicy((await params).environmentId);
  if (!answer.ok) return <RefusedPage label="Environments" href="/environments" message={answer.message} />;
  const { policy, starts } = answer.value;
  const { id, name } = policy.environment;
  const crumbs = [
    { label: "Environments", href: "/environments" },
    { label: name, href: `/environments/${id}` },
    { label: "Policy and freeze" },
  ];
  return (
    <Page crumbs={crumbs} environment={policy.environment}>
      <PageHeader
        title={`Policy and freeze of ${name}`}
        description="Who must agree before dangerous work here, and when new work may start at all."
      />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <PolicySummary policy={policy} />
          <PolicyHistory history={policy.history} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <FreezePanel starts={starts} setFreeze={setFreezeAction} />
          <WindowsPanel starts={starts} actions={WINDOWS} />
        </div>
      </div>
    </Page>
  );
}
