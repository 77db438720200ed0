import type { Engine } from "#lib/engine/run-context.ts";
import type { Outcome } from "#lib/engine/settle.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { undoRun } from "#lib/engine/undo.ts";
import type { UndoStepInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Takes a finished step back, and opens it and everything after it once more; a system is changed only where the step says so.
 * @throws AppError `forbidden`, `stale`, `conflict` with the reason; nothing was changed then
 */
export async function undoStep(ctx: Context, input: UndoStepInput): Promise<Outcome> {
  return undoStepOn({ systems: inventorySystems }, ctx, input);
}

/** The same over given systems. */
export async function undoStepOn(engine: Engine, ctx: Context, input: UndoStepInput): Promise<Outcome> {
  const { migrationId, stepId, seenVersion, reason } = input;
  return undoRun(engine, ctx, { migrationId, stepId, seenVersion, reason });
}
