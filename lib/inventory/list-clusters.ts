import { database } from "#lib/db/client.ts";
import { findClusters } from "#lib/inventory/cluster-rows.ts";
import { scopeOf } from "#lib/inventory/inventory-scope.ts";
import type { ClusterDto, InventoryFilter } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";

/** The TimeLock clusters of all environments that the actor may read, by environment and name. */
export async function listClusters(ctx: Context, filter: InventoryFilter): Promise<readonly ClusterDto[]> {
  return findClusters(database(), scopeOf(await readableEnvironments(ctx), filter));
}
