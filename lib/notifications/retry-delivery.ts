import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { ATTEMPTS_ALLOWED } from "#lib/notifications/fan-out.ts";
import { TEST_KIND } from "#lib/notifications/load-message.ts";
import { lockChannel } from "#lib/notifications/locked-channel.ts";
import type { RetryDeliveryInput } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Has a delivery tried again at once, with a fresh row of tries; needs an administrator of the channel's environment. The receiver
 * sees the same delivery id as before.
 * @throws AppError `not-found`, `forbidden`, `conflict` (delivered, being sent just now, a test, or the channel is off or removed)
 */
export async function retryDelivery(ctx: Context, { id }: RetryDeliveryInput): Promise<{ id: string }> {
  const before = await database().notificationDelivery.findUnique({
    where: { id },
    include: { channel: true, event: { select: { kind: true } } },
  });
  if (before === null) throw new AppError("not-found", "There is no such delivery.");
  const { channel, event } = before;
  return transact(
    ctx,
    {
      action: "retry-delivery",
      subject: { kind: "delivery", id, name: channel.name },
      environmentId: channel.environmentId,
      input: { id },
      allow: async (tx) => lockChannel(tx, ctx, channel.id, null),
    },
    async (tx, locked) => {
      if (!locked.enabled)
        throw new AppError("conflict", "The channel is switched off. Nothing was sent. Switch it on first.");
      if (event.kind === TEST_KIND)
        throw new AppError(
          "conflict",
          "This was a test. Nothing was sent. Send another one from the channel.",
        );
      await again(tx, id);
      return { id };
    },
  );
}

async function again(tx: Tx, id: string): Promise<void> {
  const changed = await tx.$executeRaw`
    UPDATE notification_delivery SET state = 'waiting', ended_at = NULL, next_try_at = clock_timestamp(),
      attempts_allowed = attempts + ${ATTEMPTS_ALLOWED}::int
    WHERE id = ${id}::uuid AND state IN ('waiting', 'given-up')`;
  if (changed === 1) return;
  throw new AppError(
    "conflict",
    "This delivery has arrived already, or is being sent just now. Nothing was started. Reload the page to see.",
  );
}
