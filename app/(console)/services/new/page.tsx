import type { Metadata } from "next";

import { loadChoices } from "#app/(console)/services/load-choices.ts";
import { createServiceAction } from "#app/(console)/services/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ServiceForm } from "#components/inventory/service-form.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { parseInventoryFilter } from "#lib/inventory/parse-inventory-filter.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Add service");

export default async function NewServicePage({ searchParams }: PageProps<"/services/new">) {
  const { context } = await requirePageContext();
  const filter = parseInventoryFilter(await searchParams);
  const environments = await listEnvironmentsFor(context, ["administrator", "operator"]);
  if (environments.length === 0)
    return (
      <RefusedPage
        label="Services"
        href="/services"
        message="Adding a service takes an operator or administrator of an environment, and an environment that is not archived."
      />
    );
  const choices = await loadChoices(context);
  return (
    <Page crumbs={[{ label: "Services", href: "/services" }, { label: "Add" }]} width="narrow">
      <PageHeader
        title="Add service"
        actions={<LinkButton href="/services/import">Import from configuration</LinkButton>}
      />
      <ServiceForm
        environments={environments}
        environmentId={filter.environment}
        {...choices}
        save={createServiceAction}
      />
    </Page>
  );
}
