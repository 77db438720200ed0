import { database } from "#lib/db/client.ts";
import { findEnvironments } from "#lib/inventory/environment-rows.ts";
import type { EnvironmentDto } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";
import type { Role } from "#lib/people/schema.ts";

/** The unarchived environments where the actor holds one of the roles, for forms and buttons; verbs decide for themselves. */
export async function listEnvironmentsFor(
  ctx: Context,
  roles: readonly Role[],
): Promise<readonly EnvironmentDto[]> {
  const held = await readableEnvironments(ctx, roles);
  return findEnvironments(database(), {
    ...(held === "all" ? {} : { ids: [...held] }),
    includeArchived: false,
  });
}
