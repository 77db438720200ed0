import { decideSkip } from "#lib/engine/decide.ts";
import { endMigration, raiseVersion } from "#lib/engine/record.ts";
import { actorName, ok } from "#lib/engine/run-context.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import type { SkipStepInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Passes over the current step, if it is an optional one, with the reason. The last step ends the migration.
 * @throws AppError `forbidden`, `not-found`, `stale`, `conflict` (not optional, not current, or an attempt is open)
 */
export async function skipStep(ctx: Context, input: SkipStepInput): Promise<void> {
  const { migrationId, stepId, seenVersion, reason } = input;
  await changeMigration(ctx, "skip-step", migrationId, input, async (tx, migration) => {
    ok(decideSkip(migration.runbook, migration.situation, stepId, seenVersion));
    await tx.migrationStep.update({
      where: { migrationId_stepId: { migrationId, stepId } },
      data: { state: "skipped", skippedFor: reason, finishedAt: new Date(), finishedBy: actorName(ctx) },
    });
    await raiseVersion(tx, migrationId);
    if (migration.runbook.steps.at(-1)?.id === stepId) await endMigration(tx, migrationId, "done", null);
  });
}
