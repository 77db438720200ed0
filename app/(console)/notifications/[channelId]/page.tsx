import type { Metadata } from "next";

import { loadChannel } from "#app/(console)/notifications/[channelId]/load-channel.ts";
import {
  removeChannelAction,
  rotateSigningSecretAction,
  switchChannelAction,
  testChannelAction,
} from "#app/(console)/notifications/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { RemoveChannel, RotateSecret, SwitchChannel } from "#components/notifications/channel-controls.tsx";
import { ChannelDetails } from "#components/notifications/channel-details.tsx";
import { ChannelTestPanel } from "#components/notifications/channel-test-panel.tsx";
import { DeliveriesTable } from "#components/notifications/deliveries-table.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listDeliveries } from "#lib/notifications/list-deliveries.ts";
import { deliveriesHref } from "#lib/notifications/schema.ts";

type Props = PageProps<"/notifications/[channelId]">;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { answer } = await loadChannel((await params).channelId);
  return answer.ok
    ? pageMetadata(answer.value.name, answer.value.environment)
    : pageMetadata("Notifications");
}

export default async function ChannelPage({ params }: Props) {
  const { context, answer, canManage } = await loadChannel((await params).channelId);
  if (!answer.ok) return <RefusedPage label="Notifications" href="/notifications" message={answer.message} />;
  const channel = answer.value;
  const { deliveries } = await listDeliveries(context, { channel: channel.id });
  const actions = canManage && (
    <>
      <LinkButton href={`/notifications/${channel.id}/edit`}>Edit</LinkButton>
      <SwitchChannel channel={channel} action={switchChannelAction} />
      <RemoveChannel channel={channel} action={removeChannelAction} />
    </>
  );
  return (
    <Page
      crumbs={[{ label: "Notifications", href: "/notifications" }, { label: channel.name }]}
      environment={channel.environment}
    >
      <PageHeader title={channel.name} actions={actions} />
      <div className="flex flex-col gap-6">
        <ChannelDetails channel={channel} />
        {canManage && <ChannelTestPanel channel={channel} test={testChannelAction} />}
        {canManage && channel.kind === "webhook" && (
          <RotateSecret channel={channel} action={rotateSigningSecretAction} />
        )}
        <section aria-labelledby="latest">
          <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
            <h2 id="latest" className="text-base font-semibold text-ink">
              Latest deliveries
            </h2>
            <LinkButton size="sm" href={deliveriesHref({ channel: channel.id })}>
              All in the log
            </LinkButton>
          </div>
          {deliveries.length === 0 ? (
            <p className="text-ink-muted">Nothing was told through this channel yet.</p>
          ) : (
            <DeliveriesTable deliveries={deliveries.slice(0, 10)} />
          )}
        </section>
      </div>
    </Page>
  );
}
