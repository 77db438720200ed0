import { Database } from "lucide-react";
import type { Metadata } from "next";

import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { InventoryFilters } from "#components/inventory/inventory-filters.tsx";
import { StoresTable } from "#components/inventory/stores-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listStores } from "#lib/inventory/list-stores.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { isFiltered, parseInventoryFilter } from "#lib/inventory/parse-inventory-filter.ts";

import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Stores");

export default async function StoresPage({ searchParams }: PageProps<"/stores">) {
  const { context } = await requirePageContext();
  const filter = parseInventoryFilter(await searchParams);
  const stores = await listStores(context, filter);
  const environments = await listEnvironments(context);
  const canAdd = (await listEnvironmentsFor(context, ["administrator"])).length > 0;
  const add = canAdd ? (
    <LinkButton href="/stores/new" variant="primary">
      Add store
    </LinkButton>
  ) : undefined;
  return (
    <Page crumbs={[{ label: "Stores" }]}>
      <PageHeader
        title="Stores"
        description="The key-value stores that services keep their data, and until a migration their timestamp bound, in."
        {...(add !== undefined && stores.length > 0 && { actions: add })}
      />
      <InventoryFilters filter={filter} environments={environments} word="stores" />
      {stores.length > 0 && <StoresTable stores={stores} />}
      {stores.length === 0 && (
        <EmptyState
          icon={Database}
          title={isFiltered(filter) ? "Nothing matches this filter" : "No store yet"}
          action={add}
        >
          A store is one key-value store of an AtlasDB service: a Postgres database with its table prefix. It
          takes an administrator of the environment.
        </EmptyState>
      )}
    </Page>
  );
}
