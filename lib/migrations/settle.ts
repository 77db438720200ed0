import { database } from "#lib/db/client.ts";
import { settleMigration } from "#lib/engine/recover.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import type { Outcome } from "#lib/engine/settle.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import type { SettleInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Gives the open attempt its outcome by reading the systems again, without waiting for the worker; never repeats the operation. What is
 * left of its unit is finished at once.
 * @throws AppError `forbidden`, `stale`, `conflict` (nothing to settle, or a run is still under way)
 */
export async function settle(ctx: Context, input: SettleInput): Promise<Outcome> {
  return settleOn({ systems: inventorySystems }, ctx, input);
}

/** The same over given systems. */
export async function settleOn(engine: Engine, ctx: Context, input: SettleInput): Promise<Outcome> {
  await changeMigration(ctx, "settle", input.migrationId, input, async (_tx, migration) => {
    if (migration.situation.version !== input.seenVersion) {
      throw new AppError(
        "stale",
        "The migration has changed since this page was loaded. Look at the new state.",
      );
    }
    if (migration.situation.openAttempt === null)
      throw new AppError("conflict", "No attempt is open: there is nothing to settle.");
  });
  const outcome = await settleMigration(engine, ctx, input.migrationId);
  if (outcome !== null) return outcome;
  const { attempts } = await loadMigration(database(), input.migrationId);
  return { state: "done", because: attempts.at(-1)?.outcome ?? "The attempt was settled meanwhile." };
}
