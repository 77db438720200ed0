import { Timer } from "lucide-react";
import type { Metadata } from "next";

import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { InventoryFilters } from "#components/inventory/inventory-filters.tsx";
import { ClustersTable } from "#components/inventory/clusters-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listClusters } from "#lib/inventory/list-clusters.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { isFiltered, parseInventoryFilter } from "#lib/inventory/parse-inventory-filter.ts";

import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("TimeLock clusters");

export default async function ClustersPage({ searchParams }: PageProps<"/clusters">) {
  const { context } = await requirePageContext();
  const filter = parseInventoryFilter(await searchParams);
  const clusters = await listClusters(context, filter);
  const environments = await listEnvironments(context);
  const canAdd = (await listEnvironmentsFor(context, ["administrator"])).length > 0;
  const add = canAdd ? (
    <LinkButton href="/clusters/new" variant="primary">
      Add TimeLock cluster
    </LinkButton>
  ) : undefined;
  return (
    <Page crumbs={[{ label: "TimeLock clusters" }]}>
      <PageHeader
        title="TimeLock clusters"
        description="The TimeLock nodes that services take their timestamps from."
        {...(add !== undefined && clusters.length > 0 && { actions: add })}
      />
      <InventoryFilters filter={filter} environments={environments} word="TimeLock clusters" />
      {clusters.length > 0 && <ClustersTable clusters={clusters} />}
      {clusters.length === 0 && (
        <EmptyState
          icon={Timer}
          title={isFiltered(filter) ? "Nothing matches this filter" : "No TimeLock cluster yet"}
          action={add}
        >
          A TimeLock cluster is a set of nodes that issues timestamps for many services, one namespace each.
          It takes an administrator of the environment.
        </EmptyState>
      )}
    </Page>
  );
}
