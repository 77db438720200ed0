import { raiseVersion } from "#lib/engine/record.ts";
import { newestRun } from "#lib/engine/store-move.ts";
import { actorName } from "#lib/engine/run-context.ts";
import { storeAt } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import { openJobOf } from "#lib/migrations/duties/move-jobs.ts";
import { askOfRun } from "#lib/mover/console-ledger.ts";
import type { ControlJobInput } from "#lib/mover/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Asks something of the copy or comparison that is under way: to pause, to go on, to be slower, to use more lanes, to try again what failed, or
 * to end for good. Workers hear of it at their next checkpoint. Throttle and lanes are of all workers together.
 * @throws AppError `forbidden`, `not-found`, `stale`, `conflict` when no job is under way
 */
export async function controlJob(ctx: Context, input: ControlJobInput): Promise<void> {
  const { migrationId, seenVersion, wanted, lanes, cellsPerSecondMax, bytesPerSecondMax } = input;
  await changeMigration(ctx, "control-job", migrationId, input, async (tx, migration) => {
    const { version, openAttempt } = migration.situation;
    if (version !== seenVersion || (openAttempt !== null && openAttempt.stepId !== input.stepId))
      throw new AppError(
        "stale",
        "The migration has changed since this page was loaded. Look at the new state.",
      );
    const job = openJobOf(migration);
    const run =
      job === null
        ? null
        : await newestRun(job.kind, storeAt(migration.targets, "destination").storeId, job.start);
    if (run === null)
      throw new AppError("conflict", "No copy and no comparison is under way. Nothing was done.");
    const control = { wanted, lanes, cellsPerSecondMax, bytesPerSecondMax };
    await askOfRun(tx, run.id, { control, retryFailed: input.retryFailed, by: actorName(ctx) });
    await raiseVersion(tx, migrationId);
  });
}
