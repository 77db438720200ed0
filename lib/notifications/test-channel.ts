import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { deliver } from "#lib/notifications/deliver.ts";
import { TEST_KIND } from "#lib/notifications/load-message.ts";
import { channelSubject, lockChannel } from "#lib/notifications/locked-channel.ts";
import { recipientText } from "#lib/notifications/recipient.ts";
import type { ChannelTestDto, TestChannelInput } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/** Until then the worker leaves the test to the person who waits for it. */
const OWN_TRY_MS = 60_000;

/**
 * Sends a test through a channel, also one that is switched off, and says what came of it; an e-mail goes to the person who asks. It
 * stands in the delivery log like everything else, is tried once, and needs an administrator of the channel's environment.
 * @throws AppError `not-found`, `forbidden`, `conflict` (removed); never for what the receiver or the network does
 */
export async function testChannel(ctx: Context, { id }: TestChannelInput): Promise<ChannelTestDto> {
  const deliveryId = randomUUID();
  await transact(
    ctx,
    {
      action: "test-channel",
      ...(await channelSubject(id)),
      input: { id },
      allow: async (tx) => {
        const row = await lockChannel(tx, ctx, id, null);
        if (row.kind === "email" && ctx.actor.kind !== "person")
          throw new AppError("invalid", "A test e-mail goes to the person who asks for it.");
        return row;
      },
      conclude: () => ({ outcome: { delivery: deliveryId } }),
    },
    async (tx, row) => {
      const eventId = randomUUID();
      const now = await databaseNow(tx);
      await tx.notificationEvent.create({
        data: {
          id: eventId,
          key: `test:${eventId}`,
          kind: TEST_KIND,
          environmentId: row.environmentId,
          actor: ctx.actor,
          addressed: { people: [], roles: [] },
          fannedOutAt: now,
        },
      });
      await tx.notificationDelivery.create({
        data: {
          id: deliveryId,
          eventId,
          channelId: id,
          recipient: recipientText(
            row.kind === "email" ? { kind: "person", id: ctx.actor.id } : { kind: "channel" },
          ),
          attemptsAllowed: 1,
          nextTryAt: new Date(now.getTime() + OWN_TRY_MS),
        },
      });
    },
  );
  const tried = await deliver(deliveryId, { now: true });
  if (tried === null) throw new AppError("conflict", "The test was taken over. Look at the delivery log.");
  return { deliveryId, ...tried, testedAt: new Date().toISOString() };
}
