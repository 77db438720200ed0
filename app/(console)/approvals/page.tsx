import type { Metadata } from "next";

import { reviewBreakGlassAction } from "#app/(console)/approvals/actions.ts";
import { Inbox } from "#components/approvals/inbox.tsx";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listApprovals } from "#lib/approvals/list-approvals.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Approvals");

export default async function ApprovalsPage() {
  const { context } = await requirePageContext();
  const inbox = await listApprovals(context, { ended: true });
  return (
    <Page crumbs={[{ label: "Approvals" }]}>
      <PageHeader
        title="Approvals"
        description="What waits for your decision, and what became of what was asked."
      />
      <Inbox inbox={inbox} review={reviewBreakGlassAction} />
    </Page>
  );
}
