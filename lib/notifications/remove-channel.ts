import { transact } from "#lib/db/transact.ts";
import { channelSubject, lockChannel } from "#lib/notifications/locked-channel.ts";
import type { SeenChannelInput } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Removes a channel for good; needs an administrator of its environment. Its secrets are deleted, what it delivered stays in the log.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (removed already)
 */
export async function removeChannel(ctx: Context, input: SeenChannelInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "remove-channel",
      ...(await channelSubject(id)),
      input,
      allow: async (tx) => lockChannel(tx, ctx, id, input.seenVersion),
    },
    async (tx, row) => {
      const now = new Date();
      await tx.notificationChannel.update({
        where: { id },
        data: {
          enabled: false,
          removedAt: now,
          passwordSealed: null,
          passwordSetAt: null,
          urlSealed: null,
          urlSetAt: null,
          signingSecretSealed: null,
          signingSecretSetAt: null,
          version: row.version + 1,
          updatedAt: now,
        },
      });
      return { id };
    },
  );
}
