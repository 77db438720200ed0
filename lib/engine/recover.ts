import { database } from "#lib/db/client.ts";
import { unfinishedUnit } from "#lib/engine/decide.ts";
import { runUnit } from "#lib/engine/execute.ts";
import { isHeld, leaseScope, underLease } from "#lib/engine/lease.ts";
import { handsNeeded, isByHand, keptPastes } from "#lib/engine/pasted.ts";
import { actorName, databaseNow, requireOperator, scopesOf, type Engine } from "#lib/engine/run-context.ts";
import { settleOpenAttempt, type Outcome } from "#lib/engine/settle.ts";
import type { ActStep } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration, stepState, type StoredMigration } from "#lib/migrations/load-migration.ts";
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
    if (rest === null || takesHands(after, rest)) return settled?.outcome ?? null;
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
    if (await waitsForHands(id)) continue;
    try {
      await settleMigration(engine, ctx, id);
      worked += 1;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  return worked;
}

function takesHands({ targets }: StoredMigration, rest: ActStep): boolean {
  return rest.templates.some((template) => handsNeeded(targets, template) !== null);
}

/**
 * Whether only a person can go on, on a store that is worked on by hand: an uncertain attempt there waits for a paste, as does the rest of
 * a unit while nothing is known of the store. Reading it again and again would change nothing but the record.
 */
async function waitsForHands(id: string): Promise<boolean> {
  const migration = await loadMigration(database(), id);
  if (!isByHand(migration.targets)) return false;
  const open = migration.situation.openAttempt;
  if (open !== null) return open.state === "uncertain" && "store" in open.operation;
  const rest = unfinishedUnit(migration.runbook, migration.steps);
  if (rest !== null && takesHands(migration, rest)) return true;
  return (await keptPastes(database(), migration, await databaseNow())).length === 0;
}
