import { database } from "#lib/db/client.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { subjectOf } from "#lib/inventory/locked-rows.ts";
import { oracleTargetOf } from "#lib/inventory/oracle-target.ts";
import { requireStoreAdministrator, savePin } from "#lib/inventory/pin-store-identity.ts";
import type { PinPastedInput } from "#lib/inventory/schema.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { decodePastedOracle } from "#lib/stores/oracle/pasted.ts";
import type { StoreIdentity } from "#lib/stores/schema.ts";

/**
 * Takes what a pasted output of the read command shows for an Oracle store: DBID where the user may see it, database, schema, table and
 * object id. Needs an administrator of its environment and no open migration. Nothing is sent to any database.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived, or a migration is open), `invalid` (not the command's whole
 * output, older than ten minutes, or a store of another kind)
 */
export async function pinPastedIdentity(ctx: Context, input: PinPastedInput): Promise<StoreIdentity> {
  const { id, seenVersion, text } = input;
  const seen = { id, seenVersion };
  await requireStoreAdministrator(ctx, seen, await subjectOf("store", id));
  const target = oracleTargetOf(await findStore(database(), id));
  const decoded = decodePastedOracle(text, target, await databaseNow());
  if (!decoded.ok) throw new AppError("invalid", decoded.reason, { fields: { text: decoded.reason } });
  const { identity } = decoded.reading.second.bound;
  await savePin(ctx, seen, identity);
  return identity;
}
