import { database } from "#lib/db/client.ts";
import { findService } from "#lib/inventory/service-rows.ts";
import { requireKnownId } from "#lib/inventory/known-id.ts";
import type { ServiceDto } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/** One service, archived or not. @throws AppError `not-found`, `forbidden` */
export async function getService(ctx: Context, id: string): Promise<ServiceDto> {
  requireKnownId("service", id);
  const found = await findService(database(), id);
  await authoriseRead(ctx, found.environment.id);
  return found;
}
