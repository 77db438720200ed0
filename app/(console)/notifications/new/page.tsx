import { createChannelAction } from "#app/(console)/notifications/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { ChannelForm } from "#components/notifications/channel-form.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Add channel");

export default async function NewChannelPage() {
  const { context } = await requirePageContext();
  const environments = await listEnvironmentsFor(context, ["administrator"]);
  const mayServeAll = await hasRole(context, ["administrator"], null);
  if (environments.length === 0 && !mayServeAll)
    return (
      <RefusedPage
        label="Notifications"
        href="/notifications"
        message="Adding a channel takes an administrator of an environment."
      />
    );
  return (
    <Page crumbs={[{ label: "Notifications", href: "/notifications" }, { label: "Add" }]} width="narrow">
      <PageHeader title="Add channel" />
      <ChannelForm environments={environments} mayServeAll={mayServeAll} save={createChannelAction} />
    </Page>
  );
}
