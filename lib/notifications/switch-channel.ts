import { transact } from "#lib/db/transact.ts";
import { channelSubject, lockChannel } from "#lib/notifications/locked-channel.ts";
import type { SwitchChannelInput } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Switches a channel on or off; needs an administrator of its environment. What happens while it is off is never told through it, and
 * deliveries that wait are given up when their time comes.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (removed)
 */
export async function switchChannel(ctx: Context, input: SwitchChannelInput): Promise<{ id: string }> {
  const { id, enabled } = input;
  return transact(
    ctx,
    {
      action: "switch-channel",
      ...(await channelSubject(id)),
      input,
      allow: async (tx) => lockChannel(tx, ctx, id, input.seenVersion),
    },
    async (tx, row) => {
      await tx.notificationChannel.update({
        where: { id },
        data: { enabled, version: row.version + 1, updatedAt: new Date() },
      });
      return { id };
    },
  );
}
