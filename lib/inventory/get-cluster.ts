import { database } from "#lib/db/client.ts";
import { findCluster } from "#lib/inventory/cluster-rows.ts";
import { requireKnownId } from "#lib/inventory/known-id.ts";
import type { ClusterDto } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/** One TimeLock cluster, archived or not. @throws AppError `not-found`, `forbidden` */
export async function getCluster(ctx: Context, id: string): Promise<ClusterDto> {
  requireKnownId("cluster", id);
  const found = await findCluster(database(), id);
  await authoriseRead(ctx, found.environment.id);
  return found;
}
