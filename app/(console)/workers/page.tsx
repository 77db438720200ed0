import type { Metadata } from "next";

import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { WorkersScreen } from "#components/workers/workers-screen.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listWorkers } from "#lib/health/list-workers.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Workers");

export default async function WorkersPage() {
  const { context } = await requirePageContext();
  const answer = await readForPage(async () => listWorkers(context));
  if (!answer.ok) return <RefusedPage label="Workers" href="/workers" message={answer.message} />;
  return (
    <Page crumbs={[{ label: "Workers" }]}>
      <PageHeader
        title="Workers"
        description="The processes that copy and compare stores, watch migrations and send notifications, on whatever machine."
      />
      <WorkersScreen workers={answer.value} readAt={new Date().toISOString()} />
    </Page>
  );
}
