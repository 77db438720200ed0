import type { Metadata } from "next";

import { Dashboard } from "#components/dashboard/dashboard.tsx";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listApprovals } from "#lib/approvals/list-approvals.ts";
import { getStarts } from "#lib/freeze/get-starts.ts";
import { listWorkers } from "#lib/health/list-workers.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { listMigrations } from "#lib/migrations/list-migrations.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Dashboard");

export default async function DashboardPage() {
  const { context } = await requirePageContext();
  const [environments, services, migrations, approvals, canAdd, workers] = await Promise.all([
    listEnvironments(context),
    listServices(context, {}),
    listMigrations(context),
    listApprovals(context),
    hasRole(context, ["administrator"], null),
    readForPage(async () => listWorkers(context)),
  ]);
  const starts = await Promise.all(environments.map(async ({ id }) => getStarts(context, id)));
  return (
    <Page crumbs={[{ label: "Dashboard" }]}>
      <PageHeader title="Dashboard" />
      <Dashboard
        environments={environments}
        services={services}
        migrations={migrations}
        approvals={{ waitingForMe: approvals.waitingForMe, reviews: approvals.reviews }}
        starts={starts.map(({ environment, status }) => ({ environment, status }))}
        canAdd={canAdd}
        noWorker={workers.ok && !workers.value.some(({ state }) => state === "live")}
      />
    </Page>
  );
}
