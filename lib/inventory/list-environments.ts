import { database } from "#lib/db/client.ts";
import { findEnvironments } from "#lib/inventory/environment-rows.ts";
import type { EnvironmentDto, InventoryFilter } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";

/** The environments that the actor may read, production first; archived ones only where the filter asks for them. */
export async function listEnvironments(
  ctx: Context,
  filter: InventoryFilter = {},
): Promise<readonly EnvironmentDto[]> {
  const readable = await readableEnvironments(ctx);
  return findEnvironments(database(), {
    ...(readable === "all" ? {} : { ids: [...readable] }),
    includeArchived: filter.archived === "yes",
    q: filter.q,
  });
}
