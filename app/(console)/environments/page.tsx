import { Layers } from "lucide-react";
import type { Metadata } from "next";

import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { InventoryFilters } from "#components/inventory/inventory-filters.tsx";
import { EnvironmentsTable } from "#components/inventory/environments-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironments } from "#lib/inventory/list-environments.ts";

import { isFiltered, parseInventoryFilter } from "#lib/inventory/parse-inventory-filter.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Environments");

export default async function EnvironmentsPage({ searchParams }: PageProps<"/environments">) {
  const { context } = await requirePageContext();
  const filter = parseInventoryFilter(await searchParams);
  const environments = await listEnvironments(context, filter);
  const canAdd = await hasRole(context, ["administrator"], null);

  const add = canAdd ? (
    <LinkButton href="/environments/new" variant="primary">
      Add environment
    </LinkButton>
  ) : undefined;
  return (
    <Page crumbs={[{ label: "Environments" }]}>
      <PageHeader
        title="Environments"
        description="A tier with its colour, contact and quiet window. Everything else belongs to one."
        {...(add !== undefined && environments.length > 0 && { actions: add })}
      />
      <InventoryFilters filter={filter} word="environments" />
      {environments.length > 0 && <EnvironmentsTable environments={environments} />}
      {environments.length === 0 && (
        <EmptyState
          icon={Layers}
          title={isFiltered(filter) ? "Nothing matches this filter" : "No environment yet"}
          action={add}
        >
          An environment is a tier of yours, such as production. It carries the colour on every page, the
          contact for incidents, and how long a service must be quiet to count as stopped. It takes an
          administrator on all environments.
        </EmptyState>
      )}
    </Page>
  );
}
