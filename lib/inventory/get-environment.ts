import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { findEnvironments } from "#lib/inventory/environment-rows.ts";
import { requireKnownId } from "#lib/inventory/known-id.ts";
import type { EnvironmentDto } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/** One environment, archived or not. @throws AppError `not-found`, `forbidden` */
export async function getEnvironment(ctx: Context, id: string): Promise<EnvironmentDto> {
  requireKnownId("environment", id);
  const [found] = await findEnvironments(database(), { ids: [id], includeArchived: true });
  if (found === undefined) throw new AppError("not-found", "There is no such environment.");
  await authoriseRead(ctx, id);
  return found;
}
