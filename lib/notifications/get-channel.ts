import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { findChannels } from "#lib/notifications/channel-rows.ts";
import { NOTIFICATION_READERS } from "#lib/notifications/list-channels.ts";
import { noChannel } from "#lib/notifications/locked-channel.ts";
import type { ChannelDto } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/** One channel, removed or not. @throws AppError `not-found`, `forbidden` */
export async function getChannel(ctx: Context, id: string): Promise<ChannelDto> {
  const [channel] = z.uuid().safeParse(id).success ? await findChannels(database(), { id }) : [];
  if (channel === undefined) throw noChannel();
  await authoriseRead(ctx, channel.environment?.id ?? null, NOTIFICATION_READERS);
  return channel;
}
