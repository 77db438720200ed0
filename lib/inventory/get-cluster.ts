import { database } from "#lib/db/client.ts";
import { findCluster } from "#lib/inventory/cluster-rows.ts";
import type { ClusterDto } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/** One TimeLock cluster, archived or not. @throws AppError `not-found`, `forbidden` */
export async function getCluster(ctx: Context, id: string): Promise<ClusterDto> {
  const found = await findCluster(database(), id);
  await authoriseRead(ctx, found.environment.id);
  return found;
}
