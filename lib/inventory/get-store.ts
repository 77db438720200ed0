import { database } from "#lib/db/client.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import { requireKnownId } from "#lib/inventory/known-id.ts";
import type { StoreDto } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/** One store, archived or not. @throws AppError `not-found`, `forbidden` */
export async function getStore(ctx: Context, id: string): Promise<StoreDto> {
  requireKnownId("store", id);
  const found = await findStore(database(), id);
  await authoriseRead(ctx, found.environment.id);
  return found;
}
