import { ArrowRightLeft } from "lucide-react";
import type { Metadata } from "next";

import { parseMigrationFilter } from "#app/(console)/migrations/parse-migration-filter.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { MigrationFilters } from "#components/migrations/migration-filters.tsx";
import { MigrationList } from "#components/migrations/migration-list.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { listMigrations } from "#lib/migrations/list-migrations.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Migrations");

export default async function MigrationsPage({ searchParams }: PageProps<"/migrations">) {
  const { context } = await requirePageContext();
  const filter = parseMigrationFilter(await searchParams);
  const [migrations, environments] = await Promise.all([
    listMigrations(context, filter),
    listEnvironments(context),
  ]);
  const plan = (
    <LinkButton href="/migrations/new" variant="primary">
      Plan a migration
    </LinkButton>
  );
  return (
    <Page crumbs={[{ label: "Migrations" }]}>
      <PageHeader
        title="Migrations"
        description="What is on its way, what waits for you, and what was done."
        {...(migrations.length > 0 && { actions: plan })}
      />
      <MigrationFilters filter={filter} environments={environments} />
      {migrations.length > 0 && <MigrationList migrations={migrations} />}
      {migrations.length === 0 && (
        <EmptyState
          icon={ArrowRightLeft}
          title={Object.keys(filter).length > 0 ? "Nothing matches this filter" : "No migration yet"}
          action={plan}
        >
          A migration moves one service from one source of timestamps to another, step by step, with live
          proof at each. Opening one takes the operator role on the service&apos;s environment.
        </EmptyState>
      )}
    </Page>
  );
}
