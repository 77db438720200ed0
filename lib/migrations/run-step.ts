import { runStep as run } from "#lib/engine/execute.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import type { Outcome } from "#lib/engine/settle.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import type { RunStepInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Runs the current step: the button of the page. Returns what came of it, also where nothing was changed after all.
 * @throws AppError `forbidden`, `stale`, `conflict` with the reason, `invalid` for a wrong phrase
 */
export async function runStep(ctx: Context, input: RunStepInput): Promise<Outcome> {
  return runStepOn({ systems: inventorySystems }, ctx, input);
}

/** The same over given systems. */
export async function runStepOn(engine: Engine, ctx: Context, input: RunStepInput): Promise<Outcome> {
  const { migrationId, stepId, seenVersion, typedPhrase } = input;
  return run(engine, ctx, {
    migrationId,
    stepId,
    seenVersion,
    typedPhrase: typedPhrase ?? null,
    by: "person",
    continues: false,
  });
}
