import { database } from "#lib/db/client.ts";
import { runPasted } from "#lib/engine/paste.ts";
import { databaseNow, type Engine } from "#lib/engine/run-context.ts";
import type { Outcome } from "#lib/engine/settle.ts";
import { stepOf } from "#lib/engine/step.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import { decodePasted } from "#lib/migrations/decode-pasted.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import type { PasteOutputInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/**
 * Takes the output of a command that was run by hand, decodes it as a whole, and judges the step by it and by an own read-back.
 * @throws AppError `forbidden`, `not-found`, `stale`, `invalid` (not the command's output), `conflict` with the reason
 */
export async function pasteOutput(ctx: Context, input: PasteOutputInput): Promise<Outcome> {
  return pasteOutputOn({ systems: inventorySystems }, ctx, input);
}

/** The same over given systems. */
export async function pasteOutputOn(engine: Engine, ctx: Context, input: PasteOutputInput): Promise<Outcome> {
  const migration = await loadMigration(database(), input.migrationId);
  await authoriseRead(ctx, migration.environmentId);
  if (!migration.runbook.steps.some((step) => step.id === input.stepId)) {
    throw new AppError("not-found", "This migration has no such step.");
  }
  const store = await findStore(database(), migration.storeId);
  const pasted = decodePasted(input.text, {
    step: stepOf(migration.runbook, input.stepId),
    targets: migration.targets,
    values: valuesOf(migration.steps),
    store,
    now: await databaseNow(),
  });
  return runPasted(engine, ctx, input, pasted);
}
