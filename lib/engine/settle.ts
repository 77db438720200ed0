import { consumeApproval } from "#lib/approvals/enforce.ts";
import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { decideOutcome } from "#lib/engine/decide.ts";
import type { Finding } from "#lib/engine/finding.ts";
import { requireLease, type Lease } from "#lib/engine/lease.ts";
import { observe, READ_BACK_LIMIT_MS } from "#lib/engine/observe.ts";
import { isJob } from "#lib/engine/operation.ts";
import { keptPastes, withPasted } from "#lib/engine/pasted.ts";
import type { Performed } from "#lib/engine/perform.ts";
import { decodeReading, readingKey, type Reading } from "#lib/engine/reading.ts";
import { finishStep, keepReadings, raiseVersion, reopenSteps, writeOutcome } from "#lib/engine/record.ts";
import { databaseNow, lockMigration, subjectOf, type Engine } from "#lib/engine/run-context.ts";
import { stepOf, storedFindings, type Step, type Verdict, type World } from "#lib/engine/step.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import { buildWorld, loadFacts } from "#lib/migrations/build-world.ts";
import { loadMigration, valuesOf, type StoredMigration } from "#lib/migrations/load-migration.ts";
import { tellOutcome } from "#lib/notifications/tell-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/** What came of a run, in words for the person. `failed`: certainly nothing was changed. `running`: a job was started and goes on. */
export type Outcome = {
  readonly state: "done" | "failed" | "not-applied" | "uncertain" | "running";
  readonly because: string;
};

/** What T3 writes about. `attemptId` null: nothing needed doing, and only the proof is recorded. */
export type Report = {
  readonly migrationId: string;
  readonly step: Step;
  readonly direction: "do" | "undo";
  readonly attemptId: string | null;
  readonly conditions: readonly Reading[];
  readonly conditionFindings: readonly Finding[];
  readonly performed: Performed;
  readonly readBack: readonly Reading[];
};

/**
 * Reads back what a step or its undo has done, independently of the write. Of a store that is worked on by hand it is what was pasted:
 * for `attemptId` where the attempt changed that store, else the newest.
 */
export async function readBackOf(
  engine: Engine,
  migration: StoredMigration,
  step: Step,
  direction: "do" | "undo",
  attemptId: string | null = null,
): Promise<readonly Reading[]> {
  const requests =
    direction === "do"
      ? step.kind === "act"
        ? step.readBack
        : []
      : step.undo.kind === "operation"
        ? step.undo.readBack
        : [];
  const readings = await observe({
    targets: migration.targets,
    requests,
    values: valuesOf(migration.steps),
    systems: engine.systems,
    limitMs: READ_BACK_LIMIT_MS,
    allocate: { purpose: `read-back of ${step.id}` },
  });
  const asked = new Set(requests.map(readingKey));
  const pasted = await keptPastes(database(), migration, await databaseNow(), attemptId);
  return withPasted(
    readings,
    pasted.filter((one) => asked.has(one.key)),
  );
}

/**
 * T3: writes the outcome of an attempt, its findings and its audit row, if the lease is still this run's.
 * @throws AppError `conflict` when another run has taken over; it settles the attempt
 */
export async function recordOutcome(ctx: Context, lease: Lease, report: Report): Promise<Outcome> {
  const before = await loadMigration(database(), report.migrationId);
  const { environmentId, planHash } = before;
  const { step, direction, attemptId } = report;
  return transact(
    ctx,
    {
      action: "record-outcome",
      subject: subjectOf(before),
      environmentId,
      migrationId: report.migrationId,
      planHash,
      allow: async (tx) => {
        await lockMigration(tx, report.migrationId);
        // What was done under an intent that was allowed is recorded, whoever lost which right meanwhile.
        if (attemptId === null) await requireRole(tx, ctx, ["operator"], environmentId);
        await requireLease(tx, lease);
        if (attemptId !== null) await requireOpen(tx, attemptId);
      },
      conclude: (outcome) => ({
        outcome: {
          step: step.id,
          direction,
          attempt: attemptId,
          outcome: outcome.state,
          because: outcome.because,
        },
      }),
    },
    async (tx) => {
      const outcome = await writeVerdict(tx, ctx, report);
      await tellOutcome(tx, ctx, before, step, attemptId, outcome.state);
      return outcome;
    },
  );
}

async function writeVerdict(tx: Tx, ctx: Context, report: Report): Promise<Outcome> {
  const { attemptId, performed, step, direction } = report;
  const migration = await loadMigration(tx, report.migrationId);
  if (performed.answer === "refused") {
    if (attemptId !== null) await writeOutcome(tx, attemptId, "failed", performed.words);
    await raiseVersion(tx, migration.id);
    return { state: "failed", because: performed.words };
  }
  const readings = [...report.conditions, ...report.readBack];
  const world = buildWorld(migration, await loadFacts(tx, migration), readings);
  const verdict = verdictOf(step, direction, world);
  const decided = decideOutcome(verdict, direction);
  const because = `${performed.words} ${verdict.because}`;
  await keepReadings(tx, migration.id, step.id, attemptId, "read-back", report.readBack);
  if (attemptId !== null && decided.attempt !== "running")
    await writeOutcome(tx, attemptId, decided.attempt, because);
  if (decided.step === "done") {
    const findings = [...report.conditionFindings, ...verdict.findings];
    if (step.kind === "act") await consumeApproval(tx, ctx, migration, step, attemptId);
    await finishStep(tx, ctx, migration, {
      step,
      findings,
      readings,
      values: step.kind === "act" ? step.fixes(world) : {},
    });
  } else if (decided.step === "pending") {
    await reopenSteps(tx, ctx, migration, step.id);
  } else {
    await raiseVersion(tx, migration.id);
  }
  return { state: decided.attempt, because };
}

function verdictOf(step: Step, direction: "do" | "undo", world: World): Verdict {
  if (direction === "undo") {
    if (step.undo.kind !== "operation")
      throw new InvariantError(`${step.id} has no undo that changes a system`);
    return step.undo.settled(world);
  }
  if (step.kind !== "act") throw new InvariantError(`${step.id} is not an act`);
  return step.settled(world);
}

async function requireOpen(tx: Tx, attemptId: string): Promise<void> {
  const row = await tx.migrationAttempt.findUnique({ where: { id: attemptId }, select: { state: true } });
  if (row?.state === "intended" || row?.state === "uncertain") return;
  throw new AppError("conflict", "Somebody else has settled this attempt meanwhile. Look at its outcome.");
}

/**
 * Settles the open attempt of a migration by reading the systems, under a lease that was just taken: the run that began it is dead or
 * has lost its lease. Never repeats the operation. Null when there is nothing to settle.
 * @throws AppError `conflict` when another run has taken over
 */
export async function settleOpenAttempt(
  engine: Engine,
  ctx: Context,
  lease: Lease,
  migrationId: string,
): Promise<{ readonly stepId: string; readonly direction: "do" | "undo"; readonly outcome: Outcome } | null> {
  const migration = await loadMigration(database(), migrationId);
  const open = migration.situation.openAttempt;
  if (open === null) return null;
  const step = stepOf(migration.runbook, open.stepId);
  const onStore = "store" in open.operation;
  const readBack = await readBackOf(engine, migration, step, open.direction, onStore ? open.id : null);
  await engine.reached?.("read-back");
  const stored = await conditionsOf(open.id);
  if (isJob(open.operation)) {
    const running = await stillRunning(migration, step, open.direction, [...stored.readings, ...readBack]);
    if (running !== null) return { stepId: open.stepId, direction: open.direction, outcome: running };
  }
  const outcome = await recordOutcome(ctx, lease, {
    migrationId,
    step,
    direction: open.direction,
    attemptId: open.id,
    conditions: stored.readings,
    conditionFindings: stored.findings,
    performed: {
      answer: "unclear",
      words: "What became of the operation was not reported; the system was read again.",
    },
    readBack,
  });
  await engine.reached?.("settled");
  return { stepId: open.stepId, direction: open.direction, outcome };
}

/** The outcome of a job that goes on, of which nothing new is to be recorded; null once it has come to something. */
async function stillRunning(
  migration: StoredMigration,
  step: Step,
  direction: "do" | "undo",
  readings: readonly Reading[],
): Promise<Outcome | null> {
  const verdict = verdictOf(
    step,
    direction,
    buildWorld(migration, await loadFacts(database(), migration), readings),
  );
  return verdict.outcome === "running" ? { state: "running", because: verdict.because } : null;
}

/** The readings and findings that an attempt was decided on. */
async function conditionsOf(
  attemptId: string,
): Promise<{ readonly readings: readonly Reading[]; readonly findings: readonly Finding[] }> {
  const rows = await database().migrationReading.findMany({
    where: { attemptId, purpose: "condition" },
    orderBy: { id: "asc" },
  });
  const attempt = await database().migrationAttempt.findUniqueOrThrow({ where: { id: attemptId } });
  return {
    readings: rows.map((row) => decodeReading(row.reading)),
    findings: storedFindings.parse(attempt.conditions),
  };
}
