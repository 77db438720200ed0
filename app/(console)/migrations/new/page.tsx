import type { Metadata } from "next";

import { createMigrationAction, previewMigrationAction } from "#app/(console)/migrations/actions.ts";
import { loadWizard } from "#app/(console)/migrations/new/load-wizard.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { NewMigration } from "#components/migrations/new-migration.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Plan a migration");

export default async function NewMigrationPage({ searchParams }: PageProps<"/migrations/new">) {
  const { context } = await requirePageContext();
  const { service, runbook, destination } = await searchParams;
  const wizard = await loadWizard(context);
  const asked = wizard.services.find((one) => one.id === service);
  return (
    <Page
      crumbs={[{ label: "Migrations", href: "/migrations" }, { label: "Plan a migration" }]}
      environment={asked?.environment ?? null}
      width="narrow"
    >
      <PageHeader
        title="Plan a migration"
        description="Choose what moves where. Nothing is created before you have seen what the systems say."
      />
      <NewMigration
        {...wizard}
        initialServiceId={asked?.id ?? null}
        initialDestinationId={wizard.stores.find(({ id }) => id === destination)?.id ?? null}
        initialRunbook={wizard.runbooks.find(({ id }) => id === runbook)?.id ?? null}
        preview={previewMigrationAction}
        create={createMigrationAction}
      />
    </Page>
  );
}
