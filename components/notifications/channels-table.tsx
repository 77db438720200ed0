import Link from "next/link";

import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { Time } from "#components/live/time.tsx";
import { CHANNEL_WORDS } from "#components/notifications/notification-words.ts";
import { StateBadge } from "#components/ui/state-mark.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { type ChannelDto, NOTIFICATION_KINDS } from "#lib/notifications/schema.ts";

/** Where notifications go, and whether they arrive. */
export function ChannelsTable({ channels }: { channels: readonly ChannelDto[] }) {
  return (
    <Table label="Notification channels">
      <TableHead>
        <tr>
          <TableHeader>Channel</TableHeader>
          <TableHeader>Of</TableHeader>
          <TableHeader>To</TableHeader>
          <TableHeader>Events</TableHeader>
          <TableHeader>Last delivered</TableHeader>
          <TableHeader>State</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {channels.map((channel) => (
          <TableRow key={channel.id}>
            <TableCell>
              <Link href={`/notifications/${channel.id}`} className="font-medium text-ink hover:underline">
                {channel.name}
              </Link>
              <span className="block text-ink-muted">{CHANNEL_WORDS[channel.kind]}</span>
            </TableCell>
            <TableCell>
              {channel.environment === null ? (
                "all environments"
              ) : (
                <EnvironmentName environment={channel.environment} short />
              )}
            </TableCell>
            <TableCell className="break-words text-ink-muted">
              <ChannelTarget channel={channel} />
            </TableCell>
            <TableCell className="whitespace-nowrap">
              {channel.events.length === NOTIFICATION_KINDS.length
                ? "all"
                : `${channel.events.length} of ${NOTIFICATION_KINDS.length}`}
            </TableCell>
            <TableCell className="whitespace-nowrap">
              {channel.lastDeliveredAt === null ? (
                <span className="text-ink-muted">never</span>
              ) : (
                <Time at={channel.lastDeliveredAt} />
              )}
            </TableCell>
            <TableCell>
              <ChannelState channel={channel} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** Where a channel leads, as far as it may be shown. */
export function ChannelTarget({ channel }: { channel: ChannelDto }) {
  if (channel.hook !== null) return <code className="font-mono break-all">{channel.hook.host}</code>;
  if (channel.mail === null) return null;
  const { addressed, to } = channel.mail;
  return [...(addressed ? ["the people asked or concerned"] : []), ...to].join(", ");
}

/** On, off, or on with deliveries that did not arrive. */
export function ChannelState({ channel }: { channel: ChannelDto }) {
  if (channel.removedAt !== null) return <Badge tone="outline">removed</Badge>;
  if (!channel.enabled) return <Badge tone="outline">off</Badge>;
  if (channel.givenUp > 0)
    return (
      <StateBadge state="warning" title="In the last seven days">
        {channel.givenUp} given up
      </StateBadge>
    );
  return <StateBadge state="pass">on</StateBadge>;
}
