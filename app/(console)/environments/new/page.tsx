import type { Metadata } from "next";

import { createEnvironmentAction } from "#app/(console)/environments/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { EnvironmentForm } from "#components/inventory/environment-form.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { hasRole } from "#lib/people/authorise.ts";

import { requirePageContext } from "#lib/web/session.ts";

export const metadata: Metadata = pageMetadata("Add environment");

export default async function NewEnvironmentPage() {
  const { context } = await requirePageContext();
  const canAdd = await hasRole(context, ["administrator"], null);
  if (!canAdd)
    return (
      <RefusedPage
        label="Environments"
        href="/environments"
        message="Adding an environment takes an administrator on all environments."
      />
    );
  return (
    <Page crumbs={[{ label: "Environments", href: "/environments" }, { label: "Add" }]} width="narrow">
      <PageHeader title="Add environment" />
      <EnvironmentForm save={createEnvironmentAction} />
    </Page>
  );
}
