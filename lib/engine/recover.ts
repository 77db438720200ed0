import { database } from "#lib/db/client.ts";
import { unfinishedUnit } from "#lib/engine/decide.ts";
import { runUnit } from "#lib/engine/execute.ts";
import { isHeld, leaseScope, underLease } from "#lib/engine/lease.ts";
import { actorName, requireOperator, scopesOf, type Engine } from "#lib/engine/run-context.ts";
import { settleOpenAttempt, type Outcome } from "#lib/engine/settle.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration, stepState } from "#lib/migrations/load-migration.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Settles what an earlier run left open in a migration, and finishes the unit that it was in: by reading, then by the remaining
 * operations of the same unit. Null when there was nothing to settle or to finish.
 * @throws AppError `forbidden`; `conflict` while another run holds the lease
 */
export async function settleMigration(
  engine: Engine,
  ctx: Context,
  migrationId: string,
): Promise<Outcome | null> {
  const migration = await loadMigration(database(), migrationId);
  await requireOperator(ctx, migration, "settle");
  return underLease(scopesOf(migration), actorName(ctx), async (lease) => {
    const settled = await settleOpenAttempt(engine, ctx, lease, migrationId);
    if (settled !== null && settled.outcome.state !== "done") return settled.outcome;
    const after = await loadMigration(database(), migrationId);
    const rest = after.situation.state === "open" ? unfinishedUnit(after.runbook, after.steps) : null;
    if (rest === null) return settled?.outcome ?? null;
    return runUnit(engine, ctx, lease, {
      migrationId,
      stepId: rest.id,
      seenVersion: null,
      typedPhrase: null,
      by: "worker",
      continues: true,
    });
  });
}

/**
 * The worker's recovery: every open migration whose run died gets its attempt settled and its unit finished. What is leased is left
 * alone. Returns how many migrations were worked on; one that cannot go on now does not stop the others.
 */
export async function recoverMigrations(engine: Engine, ctx: Context): Promise<number> {
  const rows = await database().migration.findMany({
    where: { state: { in: ["open", "watching"] } },
    select: {
      id: true,
      runbook: true,
      state: true,
      steps: { select: { stepId: true, state: true } },
      attempts: { where: { state: { in: ["intended", "uncertain"] } }, select: { id: true } },
    },
  });
  let worked = 0;
  for (const { id, runbook, state, steps, attempts } of rows) {
    const records = steps.map((step) => ({ id: step.stepId, state: stepState.parse(step.state) }));
    const begun = state === "open" && unfinishedUnit(runbookOf(runbook), records) !== null;
    if (!(attempts.length > 0 || begun) || (await isHeld(leaseScope.migration(id)))) continue;
    try {
      await settleMigration(engine, ctx, id);
      worked += 1;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  return worked;
}
