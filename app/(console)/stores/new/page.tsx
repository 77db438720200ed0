import type { Metadata } from "next";

import { createStoreAction, testStoreConnectionAction } from "#app/(console)/stores/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { StoreForm } from "#components/inventory/store-form.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { parseInventoryFilter } from "#lib/inventory/parse-inventory-filter.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Add store");

export default async function NewStorePage({ searchParams }: PageProps<"/stores/new">) {
  const { context } = await requirePageContext();
  const filter = parseInventoryFilter(await searchParams);
  const environments = await listEnvironmentsFor(context, ["administrator"]);
  if (environments.length === 0)
    return (
      <RefusedPage
        label="Stores"
        href="/stores"
        message="Adding a store takes an administrator of an environment, and an environment that is not archived."
      />
    );
  return (
    <Page crumbs={[{ label: "Stores", href: "/stores" }, { label: "Add" }]} width="narrow">
      <PageHeader title="Add store" />
      <StoreForm
        environments={environments}
        environmentId={filter.environment}
        save={createStoreAction}
        test={testStoreConnectionAction}
      />
    </Page>
  );
}
