import type { Metadata } from "next";

import { Dashboard } from "#components/dashboard/dashboard.tsx";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { listMigrations } from "#lib/migrations/list-migrations.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Dashboard");

export default async function DashboardPage() {
  const { context } = await requirePageContext();
  const [environments, services, migrations, canAdd] = await Promise.all([
    listEnvironments(context),
    listServices(context, {}),
    listMigrations(context),
    hasRole(context, ["administrator"], null),
  ]);
  return (
    <Page crumbs={[{ label: "Dashboard" }]}>
      <PageHeader title="Dashboard" />
      <Dashboard environments={environments} services={services} migrations={migrations} canAdd={canAdd} />
    </Page>
  );
}
