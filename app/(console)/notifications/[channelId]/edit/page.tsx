import type { Metadata } from "next";

import { loadChannel } from "#app/(console)/notifications/[channelId]/load-channel.ts";
import { updateChannelAction } from "#app/(console)/notifications/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { ChannelForm } from "#components/notifications/channel-form.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

type Props = PageProps<"/notifications/[channelId]/edit">;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { answer } = await loadChannel((await params).channelId);
  return answer.ok
    ? pageMetadata(`Edit ${answer.value.name}`, answer.value.environment)
    : pageMetadata("Notifications");
}

export default async function EditChannelPage({ params }: Props) {
  const { answer, canManage } = await loadChannel((await params).channelId);
  if (!answer.ok) return <RefusedPage label="Notifications" href="/notifications" message={answer.message} />;
  const channel = answer.value;
  if (!canManage)
    return (
      <RefusedPage
        label="Notifications"
        href="/notifications"
        message="Changing a channel takes an administrator of its environment, and one that was not removed."
      />
    );
  const crumbs = [
    { label: "Notifications", href: "/notifications" },
    { label: channel.name, href: `/notifications/${channel.id}` },
    { label: "Edit" },
  ];
  return (
    <Page crumbs={crumbs} environment={channel.environment} width="narrow">
      <PageHeader title={`Edit ${channel.name}`} />
      <ChannelForm
        channel={channel}
        environments={channel.environment === null ? [] : [channel.environment]}
        mayServeAll={false}
        save={updateChannelAction}
      />
    </Page>
  );
}
