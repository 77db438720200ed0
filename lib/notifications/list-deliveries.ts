import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { readDeliveries, toDeliveries } from "#lib/notifications/delivery-rows.ts";
import { NOTIFICATION_READERS } from "#lib/notifications/list-channels.ts";
import type { DeliveryFilter, DeliveryPageDto } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";

const PAGE_ROWS = 50;

/**
 * One page of the deliveries that match, newest first, out of those about environments that the actor may read.
 * @throws AppError `forbidden` for people who are administrator or auditor nowhere
 */
export async function listDeliveries(ctx: Context, filter: DeliveryFilter): Promise<DeliveryPageDto> {
  const readable = await readableEnvironments(ctx, NOTIFICATION_READERS);
  if (readable !== "all" && readable.size === 0)
    throw new AppError(
      "forbidden",
      "The delivery log needs the role administrator or auditor. Ask an administrator.",
    );
  const { channel, state, kind, environment, migration, before } = filter;
  const db = database();
  const rows = await readDeliveries(db, {
    where: {
      ...(channel === undefined ? {} : { channelId: channel }),
      ...(state === undefined ? {} : { state }),
      event: {
        AND: [
          readable === "all" ? {} : { environmentId: { in: [...readable] } },
          kind === undefined ? {} : { kind },
          environment === undefined ? {} : { environmentId: environment },
          migration === undefined ? {} : { migrationId: migration },
        ],
      },
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: PAGE_ROWS + 1,
    ...(before === undefined ? {} : { cursor: { id: before }, skip: 1 }),
  });
  const kept = rows.slice(0, PAGE_ROWS);
  return {
    deliveries: [...(await toDeliveries(db, kept))],
    olderBefore: rows.length > PAGE_ROWS ? (kept.at(-1)?.id ?? null) : null,
  };
}
