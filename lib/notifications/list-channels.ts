import { database } from "#lib/db/client.ts";
import { findChannels } from "#lib/notifications/channel-rows.ts";
import type { ChannelDto } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";

/** Who may read channels and deliveries; grants on one environment show that environment's alone. */
export const NOTIFICATION_READERS = ["administrator", "auditor"] as const;

/** The channels that the actor may read, without removed ones; those of all environments for grants on all. */
export async function listChannels(ctx: Context): Promise<readonly ChannelDto[]> {
  const readable = await readableEnvironments(ctx, NOTIFICATION_READERS);
  return findChannels(database(), {
    removedAt: null,
    ...(readable === "all" ? {} : { environmentId: { in: [...readable] } }),
  });
}
