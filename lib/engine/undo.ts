import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import { decideUndo, decideUndoStart, type NextUndo } from "#lib/engine/decide.ts";
import { requireLease, requireTimeToSend, underLease, type Lease } from "#lib/engine/lease.ts";
import { CONDITION_LIMIT_MS, observe } from "#lib/engine/observe.ts";
import { handsNeeded, keptPastes, withPasted } from "#lib/engine/pasted.ts";
import { perform, type Performed } from "#lib/engine/perform.ts";
import type { Reading } from "#lib/engine/reading.ts";
import { keepReadings, reopenSteps, writeIntent } from "#lib/engine/record.ts";
import {
  actorName,
  databaseNow,
  expectedBy,
  lockMigration,
  ok,
  requireOperator,
  requireReady,
  scopesOf,
  subjectOf,
  type Engine,
} from "#lib/engine/run-context.ts";
import { readBackOf, recordOutcome, type Outcome } from "#lib/engine/settle.ts";
import { buildWorld, loadFacts } from "#lib/migrations/build-world.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { keepSample } from "#lib/migrations/stop-samples.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/** A step to take back, with the reason that the audit log keeps. */
export type UndoRun = {
  readonly migrationId: string;
  readonly stepId: string;
  readonly seenVersion: number;
  readonly reason: string;
};

/**
 * Takes a finished step back in the same three transactions as `runStep`, and opens it and everything after it once more.
 * @throws AppError `forbidden`, `stale`, `conflict` with the reason; nothing was changed then
 */
export async function undoRun(engine: Engine, ctx: Context, run: UndoRun): Promise<Outcome> {
  const migration = await loadMigration(database(), run.migrationId);
  await requireOperator(ctx, migration, "undo-step");
  ok(decideUndoStart(migration.runbook, migration.situation, run.stepId, run.seenVersion));
  return underLease(scopesOf(migration), actorName(ctx), async (lease) => {
    await engine.reached?.("leased");
    return underHeldLease(engine, ctx, lease, run);
  });
}

async function underHeldLease(engine: Engine, ctx: Context, lease: Lease, run: UndoRun): Promise<Outcome> {
  const migration = await loadMigration(database(), run.migrationId);
  const { undo, step } = ok(
    decideUndoStart(migration.runbook, migration.situation, run.stepId, run.seenVersion),
  );
  const observed = await observe({
    targets: migration.targets,
    requests: undo.kind === "operation" ? undo.reads : [],
    values: valuesOf(migration.steps),
    systems: engine.systems,
    limitMs: CONDITION_LIMIT_MS,
    allocate: { purpose: `condition of undoing ${step.id}` },
  });
  if (undo.kind === "operation") await keepSample(migration.id, "stop", observed);
  const conditions = withPasted(observed, await keptPastes(database(), migration, await databaseNow()));
  await engine.reached?.("read");
  const { next, attemptId } = await decideAndIntend(ctx, lease, run, conditions);
  await engine.reached?.("intended");
  if (next.kind === "reopen") return { state: "done", because: `“${step.title}” is open again.` };
  const byHand = handsNeeded(migration.targets, next.operation);
  const performed: Performed =
    byHand === null
      ? await perform(engine.systems, migration.targets, next.operation, {
          seen: conditions,
          expected: expectedBy(next.operation, conditions),
          mayStillSend: () => requireTimeToSend(lease),
        })
      : { answer: "unclear", words: byHand };
  await engine.reached?.("performed");
  const readBack =
    performed.answer === "refused" ? [] : await readBackOf(engine, migration, step, "undo", attemptId);
  await engine.reached?.("read-back");
  const outcome = await recordOutcome(ctx, lease, {
    migrationId: run.migrationId,
    step,
    direction: "undo",
    attemptId,
    conditions,
    conditionFindings: next.findings,
    performed,
    readBack,
  });
  await engine.reached?.("settled");
  return outcome;
}

/** T2 of an undo. */
async function decideAndIntend(
  ctx: Context,
  lease: Lease,
  run: UndoRun,
  conditions: readonly Reading[],
): Promise<{ readonly next: NextUndo; readonly attemptId: string | null }> {
  const before = await loadMigration(database(), run.migrationId);
  const { environmentId, planHash } = before;
  const { migrationId, stepId, seenVersion, reason } = run;
  return transact(
    ctx,
    {
      action: "undo-step",
      subject: subjectOf(before),
      environmentId,
      migrationId,
      planHash,
      input: { migrationId, stepId, seenVersion, reason },
      allow: async (tx) => {
        await lockMigration(tx, migrationId);
        await requireRole(tx, ctx, ["operator"], environmentId);
        await requireLease(tx, lease);
      },
      conclude: (decided) => ({ outcome: { decision: decided.next.kind, attempt: decided.attemptId } }),
    },
    async (tx) => {
      const migration = await loadMigration(tx, migrationId);
      const world = buildWorld(migration, await loadFacts(tx, migration), conditions);
      await requireReady(migration, conditions, await databaseNow(tx));
      const next = ok(decideUndo(migration.runbook, migration.situation, world, stepId, seenVersion));
      if (next.kind === "reopen") {
        await reopenSteps(tx, ctx, migration, stepId);
        return { next, attemptId: null };
      }
      const attemptId = await writeIntent(tx, ctx, lease, migration, {
        step: next.step,
        direction: "undo",
        operation: next.operation,
        expected: expectedBy(next.operation, conditions),
        conditions: next.findings,
        manual: handsNeeded(migration.targets, next.operation) !== null,
      });
      await keepReadings(tx, migrationId, stepId, attemptId, "condition", conditions);
      return { next, attemptId };
    },
  );
}
