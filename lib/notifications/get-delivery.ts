import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { readDeliveries, toDeliveries } from "#lib/notifications/delivery-rows.ts";
import { NOTIFICATION_READERS } from "#lib/notifications/list-channels.ts";
import { loadMessage, TEST_KIND } from "#lib/notifications/load-message.ts";
import { plainText } from "#lib/notifications/message.ts";
import { TRY_OUTCOMES, type DeliveryDetailDto } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead, hasRole } from "#lib/people/authorise.ts";

/** One delivery with its tries and its text, with names as they are now. @throws AppError `not-found`, `forbidden` */
export async function getDelivery(ctx: Context, id: string): Promise<DeliveryDetailDto> {
  const db = database();
  const [row] = z.uuid().safeParse(id).success ? await readDeliveries(db, { where: { id } }) : [];
  const [delivery] = row === undefined ? [] : await toDeliveries(db, [row]);
  if (row === undefined || delivery === undefined)
    throw new AppError("not-found", "There is no such delivery.");
  await authoriseRead(ctx, row.event.environmentId, NOTIFICATION_READERS);
  const tries = await db.notificationAttempt.findMany({
    where: { deliveryId: id },
    orderBy: { number: "desc" },
  });
  const { message } = await loadMessage(db, row.eventId, row.channel.name);
  const isOpen = (row.state === "waiting" || row.state === "given-up") && row.event.kind !== TEST_KIND;
  return {
    ...delivery,
    tries: tries.map((one) => ({
      number: one.number,
      startedAt: one.startedAt.toISOString(),
      endedAt: one.endedAt?.toISOString() ?? null,
      outcome: TRY_OUTCOMES.find((known) => known === one.outcome) ?? null,
      detail: one.detail,
    })),
    message: { title: message.title, text: plainText(message) },
    canRetry:
      isOpen && row.channel.enabled && (await hasRole(ctx, ["administrator"], row.channel.environmentId)),
  };
}
