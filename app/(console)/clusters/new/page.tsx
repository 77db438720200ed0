import type { Metadata } from "next";

import { createClusterAction, testClusterConnectionAction } from "#app/(console)/clusters/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ClusterForm } from "#components/inventory/cluster-form.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { parseInventoryFilter } from "#lib/inventory/parse-inventory-filter.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Add TimeLock cluster");

export default async function NewClusterPage({ searchParams }: PageProps<"/clusters/new">) {
  const { context } = await requirePageContext();
  const filter = parseInventoryFilter(await searchParams);
  const environments = await listEnvironmentsFor(context, ["administrator"]);
  if (environments.length === 0)
    return (
      <RefusedPage
        label="TimeLock clusters"
        href="/clusters"
        message="Adding a TimeLock cluster takes an administrator of an environment, and an environment that is not archived."
      />
    );
  return (
    <Page crumbs={[{ label: "TimeLock clusters", href: "/clusters" }, { label: "Add" }]} width="narrow">
      <PageHeader title="Add TimeLock cluster" />
      <ClusterForm
        environments={environments}
        environmentId={filter.environment}
        save={createClusterAction}
        test={testClusterConnectionAction}
      />
    </Page>
  );
}
