import { Boxes } from "lucide-react";
import type { Metadata } from "next";

import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { InventoryFilters } from "#components/inventory/inventory-filters.tsx";
import { ServicesTable } from "#components/services/services-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listServices } from "#lib/inventory/list-services.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { isFiltered, parseInventoryFilter } from "#lib/inventory/parse-inventory-filter.ts";

import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Services");

export default async function ServicesPage({ searchParams }: PageProps<"/services">) {
  const { context } = await requirePageContext();
  const filter = parseInventoryFilter(await searchParams);
  const services = await listServices(context, filter);
  const environments = await listEnvironments(context);
  const canAdd = (await listEnvironmentsFor(context, ["administrator", "operator"])).length > 0;
  const add = canAdd ? (
    <div className="flex flex-wrap gap-2">
      <LinkButton href="/services/import">Import from configuration</LinkButton>
      <LinkButton href="/services/new" variant="primary">
        Add service
      </LinkButton>
    </div>
  ) : undefined;
  return (
    <Page crumbs={[{ label: "Services" }]}>
      <PageHeader
        title="Services"
        description="AtlasDB clients, with where their timestamps come from now."
        {...(add !== undefined && services.length > 0 && { actions: add })}
      />
      <InventoryFilters filter={filter} environments={environments} word="services" />
      {services.length > 0 && <ServicesTable services={services} />}
      {services.length === 0 && (
        <EmptyState
          icon={Boxes}
          title={isFiltered(filter) ? "Nothing matches this filter" : "No service yet"}
          action={add}
        >
          A service is one AtlasDB client with everything that runs as it. Import it from its configuration
          files with store and cluster at once, or add a store first and then the service. It takes an
          operator or administrator of the environment.
        </EmptyState>
      )}
    </Page>
  );
}
