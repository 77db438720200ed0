import { BellRing } from "lucide-react";
import { redirect } from "next/navigation";

import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ChannelsTable } from "#components/notifications/channels-table.tsx";
import { NotificationNav } from "#components/notifications/notification-nav.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listChannels, NOTIFICATION_READERS } from "#lib/notifications/list-channels.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Notifications");

export default async function NotificationsPage() {
  const { context } = await requirePageContext();
  const readable = await readableEnvironments(context, NOTIFICATION_READERS);
  if (readable !== "all" && readable.size === 0) redirect("/notifications/preferences");
  const channels = await listChannels(context);
  const managed = await readableEnvironments(context, ["administrator"]);
  const add =
    managed === "all" || managed.size > 0 ? (
      <LinkButton href="/notifications/new" variant="primary">
        Add channel
      </LinkButton>
    ) : undefined;
  return (
    <Page crumbs={[{ label: "Notifications" }]}>
      <PageHeader
        title="Notifications"
        description="Who is told, and where, when something is asked, decided, done or wrong."
        {...(add !== undefined && channels.length > 0 && { actions: add })}
      />
      <NotificationNav current="channels" readsChannels />
      {channels.length > 0 && <ChannelsTable channels={channels} />}
      {channels.length === 0 && (
        <EmptyState icon={BellRing} title="Nobody is told yet" action={add}>
          A channel tells people by e-mail, or another system by webhook, when an approval is asked or
          decided, when a step was executed, failed or is uncertain, and when there is an incident. Adding one
          takes an administrator.
        </EmptyState>
      )}
    </Page>
  );
}
