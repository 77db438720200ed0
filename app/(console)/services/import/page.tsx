import type { Metadata } from "next";

import { importServiceAction } from "#app/(console)/services/actions.ts";
import { loadInventory } from "#app/(console)/services/import/load-inventory.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ImportWizard } from "#components/import/import-wizard.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { parseInventoryFilter } from "#lib/inventory/parse-inventory-filter.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Import a service");

export default async function ImportServicePage({ searchParams }: PageProps<"/services/import">) {
  const { context } = await requirePageContext();
  const filter = parseInventoryFilter(await searchParams);
  const [allowed, administered] = await Promise.all([
    listEnvironmentsFor(context, ["administrator", "operator"]),
    listEnvironmentsFor(context, ["administrator"]),
  ]);
  if (allowed.length === 0)
    return (
      <RefusedPage
        label="Services"
        href="/services"
        message="Importing a service takes an operator or administrator of an environment, and an environment that is not archived."
      />
    );
  const administers = new Set(administered.map(({ id }) => id));
  const environments = allowed.map(({ id, name }) => ({ id, name, administers: administers.has(id) }));
  return (
    <Page crumbs={[{ label: "Services", href: "/services" }, { label: "Import" }]}>
      <PageHeader
        title="Import from AtlasDB configuration"
        description="Fills in a service, its store and its TimeLock cluster from the files that its nodes run with."
      />
      <ImportWizard
        environments={environments}
        environmentId={filter.environment}
        known={await loadInventory(context)}
        save={importServiceAction}
      />
    </Page>
  );
}
