import { database } from "#lib/db/client.ts";
import { findStores } from "#lib/inventory/store-rows.ts";
import { scopeOf } from "#lib/inventory/inventory-scope.ts";
import type { StoreDto, InventoryFilter } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";

/** The stores of all environments that the actor may read, by environment and name. */
export async function listStores(ctx: Context, filter: InventoryFilter): Promise<readonly StoreDto[]> {
  return findStores(database(), scopeOf(await readableEnvironments(ctx), filter));
}
