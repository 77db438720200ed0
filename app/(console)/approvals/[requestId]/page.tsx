import type { Metadata } from "next";

import {
  breakGlassAction,
  decideApprovalAction,
  recordIndependentReadingAction,
  requestApprovalAction,
  reviewBreakGlassAction,
  withdrawApprovalAction,
} from "#app/(console)/approvals/actions.ts";
import { loadRequest } from "#app/(console)/approvals/[requestId]/load-request.ts";
import { ApprovalScreen } from "#components/approvals/approval-screen.tsx";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";

const ACTIONS = {
  request: requestApprovalAction,
  decide: decideApprovalAction,
  withdraw: withdrawApprovalAction,
  readIndependently: recordIndependentReadingAction,
  breakGlass: breakGlassAction,
  review: reviewBreakGlassAction,
};

type Props = PageProps<"/approvals/[requestId]">;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const answer = await loadRequest((await params).requestId);
  if (!answer.ok) return pageMetadata("Approvals");
  const { service, unitTitle, environment } = answer.value;
  return pageMetadata(`${service.name} · ${unitTitle}`, environment);
}

export default async function ApprovalPage({ params }: Props) {
  const answer = await loadRequest((await params).requestId);
  if (!answer.ok) return <RefusedPage label="Approvals" href="/approvals" message={answer.message} />;
  const { service, environment, migrationId, runbookTitle, number } = answer.value;
  const crumbs = [
    { label: service.name, href: `/services/${service.id}` },
    { label: runbookTitle, href: `/migrations/${migrationId}` },
    { label: `Approval request ${number}` },
  ];
  return (
    <Page crumbs={crumbs} environment={environment}>
      <ApprovalScreen request={answer.value} actions={ACTIONS} />
    </Page>
  );
}
