import { database } from "#lib/db/client.ts";
import { findServices } from "#lib/inventory/service-rows.ts";
import { scopeOf } from "#lib/inventory/inventory-scope.ts";
import type { ServiceDto, InventoryFilter } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";

/** The services of all environments that the actor may read, by environment and name. */
export async function listServices(ctx: Context, filter: InventoryFilter): Promise<readonly ServiceDto[]> {
  return findServices(database(), scopeOf(await readableEnvironments(ctx), filter));
}
