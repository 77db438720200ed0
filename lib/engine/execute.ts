import { database } from "#lib/db/client.ts";
import { recordUse, requireApproval } from "#lib/approvals/enforce.ts";
import { transact } from "#lib/db/transact.ts";
import { continuation, decideRun, decideStart, type Intent, type Next } from "#lib/engine/decide.ts";
import { requireLease, requireTimeToSend, underLease, type Lease } from "#lib/engine/lease.ts";
import { CONDITION_LIMIT_MS, observe } from "#lib/engine/observe.ts";
import { handsNeeded, keptPastes, requireOwnHands, withPasted } from "#lib/engine/pasted.ts";
import { perform, takenReadings, type Performed } from "#lib/engine/perform.ts";
import type { Reading } from "#lib/engine/reading.ts";
import { finishStep, keepReadings, writeIntent } from "#lib/engine/record.ts";
import {
  actorName,
  databaseNow,
  expectedBy,
  lockMigration,
  ok,
  requireOperator,
  requireReady,
  ReadingsTooOld,
  scopesOf,
  subjectOf,
  type Engine,
} from "#lib/engine/run-context.ts";
import { readBackOf, recordOutcome, type Outcome } from "#lib/engine/settle.ts";
import { buildWorld, loadFacts } from "#lib/migrations/build-world.ts";
import {
  encodeValues,
  loadMigration,
  valuesOf,
  type StoredMigration,
} from "#lib/migrations/load-migration.ts";
import { keepSample } from "#lib/migrations/stop-samples.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

const READ_TRIES_MAX = 3;

/** One step to run. Without `seenVersion` and phrase only what the worker may start by itself is run. */
export type Run = {
  readonly migrationId: string;
  readonly stepId: string;
  readonly seenVersion: number | null;
  readonly typedPhrase: string | null;
  readonly by: "person" | "worker";
  readonly continues: boolean;
  /** Readings that a person pasted; each counts where Lockstep cannot read the same itself. */
  readonly pasted?: readonly Reading[];
};

/**
 * Runs one step of a migration, and the rest of its unit: takes the lease (T1), reads the conditions, decides and writes the intent
 * (T2), carries the operation out with its guard, reads back, and writes the outcome (T3). No transaction is open during a network
 * call. Dying anywhere leaves at most one open attempt, which the worker settles by reading.
 * @throws AppError `forbidden`, `stale`, `conflict` (not now, with the reason), `invalid` (phrase); nothing was changed then
 */
export async function runStep(engine: Engine, ctx: Context, run: Run): Promise<Outcome> {
  const migration = await loadMigration(database(), run.migrationId);
  await requireOperator(ctx, migration, "run-step");
  ok(decideStart(migration.runbook, migration.situation, run.stepId, run.seenVersion));
  return underLease(scopesOf(migration), actorName(ctx), async (lease) => {
    await engine.reached?.("leased");
    return runUnit(engine, ctx, lease, run);
  });
}

/** Runs a step and, at once, the steps of the same unit that follow it, all under one lease. */
export async function runUnit(engine: Engine, ctx: Context, lease: Lease, run: Run): Promise<Outcome> {
  const outcome = await runOnce(engine, ctx, lease, run);
  if (outcome.state !== "done") return outcome;
  const { runbook, steps, targets } = await loadMigration(database(), run.migrationId);
  const next = continuation(runbook, steps, run.stepId);
  if (next === null || next.templates.some((one) => handsNeeded(targets, one) !== null)) return outcome;
  return runUnit(engine, ctx, lease, { ...run, stepId: next.id, seenVersion: null, continues: true });
}

async function runOnce(engine: Engine, ctx: Context, lease: Lease, run: Run): Promise<Outcome> {
  const { conditions, decided } = await decideFresh(engine, ctx, lease, run);
  await engine.reached?.("intended");
  const { next } = decided;
  if (next.kind === "finish") return { state: "done", because: `“${next.step.title}” is done.` };
  const performed: Performed =
    next.kind === "perform"
      ? await perform(engine.systems, decided.migration.targets, next.operation, {
          seen: conditions,
          expected: expectedBy(next.operation, conditions),
          mayStillSend: () => requireTimeToSend(lease),
        })
      : { answer: "applied", words: "The system already is as it should be." };
  await engine.reached?.("performed");
  const { targets } = decided.migration;
  const taken =
    next.kind === "perform" ? takenReadings(next.operation, performed, targets, await databaseNow()) : [];
  const readBack =
    performed.answer === "refused"
      ? []
      : withTaken(await readBackOf(engine, decided.migration, next.step, "do"), taken);
  await engine.reached?.("read-back");
  const outcome = await recordOutcome(ctx, lease, {
    migrationId: run.migrationId,
    step: next.step,
    direction: "do",
    attemptId: decided.attemptId,
    conditions,
    conditionFindings: next.findings,
    performed,
    readBack,
  });
  await engine.reached?.("settled");
  return outcome;
}

/** What only this run was given stands in the place of what nobody can read. */
function withTaken(readBack: readonly Reading[], taken: readonly Reading[]): readonly Reading[] {
  return [...readBack.filter(({ key }) => !taken.some((one) => one.key === key)), ...taken];
}

type Decided = {
  readonly next: Next;
  readonly attemptId: string | null;
  readonly migration: StoredMigration;
};

/** Reads the conditions and decides over them, again if they grew too old meanwhile. */
async function decideFresh(
  engine: Engine,
  ctx: Context,
  lease: Lease,
  run: Run,
): Promise<{ readonly conditions: readonly Reading[]; readonly decided: Decided }> {
  for (let tried = 1; ; tried += 1) {
    const conditions = await readConditions(engine, run);
    await engine.reached?.("read");
    try {
      return { conditions, decided: await decideAndIntend(ctx, lease, run, conditions) };
    } catch (error) {
      if (!(error instanceof ReadingsTooOld) || tried >= READ_TRIES_MAX) throw error;
    }
  }
}

async function readConditions(engine: Engine, run: Run): Promise<readonly Reading[]> {
  const migration = await loadMigration(database(), run.migrationId);
  const started = ok(decideStart(migration.runbook, migration.situation, run.stepId, null));
  const readings = await observe({
    targets: migration.targets,
    requests: started.reads,
    values: valuesOf(migration.steps),
    systems: engine.systems,
    limitMs: CONDITION_LIMIT_MS,
    allocate: { purpose: `condition of ${started.id}` },
  });
  if (started.clients === "stopped" || started.clients === "stopping") {
    await keepSample(migration.id, "stop", readings);
  }
  const kept = await keptPastes(database(), migration, await databaseNow());
  return withPasted(readings, [...kept, ...(run.pasted ?? [])]);
}

/** T2: under the migration's row lock, decides with stored rows and fresh readings, and writes the intent and its audit row. */
async function decideAndIntend(
  ctx: Context,
  lease: Lease,
  run: Run,
  conditions: readonly Reading[],
): Promise<Decided> {
  const before = await loadMigration(database(), run.migrationId);
  const { environmentId, planHash } = before;
  return transact(
    ctx,
    {
      action: "run-step",
      subject: subjectOf(before),
      environmentId,
      migrationId: run.migrationId,
      planHash,
      ...(run.seenVersion === null ? {} : { input: inputOf(run, run.seenVersion) }),
      allow: async (tx) => {
        await lockMigration(tx, run.migrationId);
        await requireRole(tx, ctx, ["operator"], environmentId);
        await requireLease(tx, lease);
      },
      conclude: (decided) => ({ outcome: outcomeOf(decided) }),
    },
    async (tx): Promise<Decided> => {
      const migration = await loadMigration(tx, run.migrationId);
      const world = buildWorld(migration, await loadFacts(tx, migration), conditions);
      await requireReady(migration, conditions, await databaseNow(tx));
      const intent: Intent = { ...run };
      const next = ok(decideRun(migration.runbook, migration.situation, world, intent));
      if (next.kind === "finish") {
        await keepReadings(tx, migration.id, next.step.id, null, "condition", conditions);
        await finishStep(tx, ctx, migration, { ...next, readings: conditions });
        return { next, attemptId: null, migration };
      }
      if (next.kind === "verify") return { next, attemptId: null, migration };
      const { step, template, operation, findings } = next;
      requireOwnHands(migration.targets, operation);
      // The approval policy: nothing below is written, and nothing is done, without its leave on this plan at this moment.
      const permit = await requireApproval(tx, ctx, migration, { step, operation: template, conditions });
      const attemptId = await writeIntent(tx, ctx, lease, migration, {
        step,
        direction: "do",
        operation,
        expected: expectedBy(operation, conditions),
        conditions: findings,
        manual: false,
      });
      await recordUse(tx, permit, attemptId);
      await keepReadings(tx, migration.id, step.id, attemptId, "condition", conditions);
      return { next, attemptId, migration };
    },
  );
}

function inputOf(run: Run, seenVersion: number) {
  const { migrationId, stepId, typedPhrase } = run;
  return { migrationId, stepId, seenVersion, ...(typedPhrase === null ? {} : { typedPhrase }) };
}

function outcomeOf({ next, attemptId }: Decided): Record<string, unknown> {
  const open = next.findings.filter((one) => one.level !== "pass").map((one) => `${one.level}: ${one.title}`);
  const shared = {
    decision: next.kind,
    findings: open,
    ...(attemptId === null ? {} : { attempt: attemptId }),
  };
  if (next.kind === "finish") return { ...shared, fixed: encodeValues(next.values) };
  return next.kind === "perform" ? { ...shared, operation: next.operation } : shared;
}
