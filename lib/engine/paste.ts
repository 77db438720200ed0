import { recordUse, requireApproval } from "#lib/approvals/enforce.ts";
import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { decideStart } from "#lib/engine/decide.ts";
import { runUnit } from "#lib/engine/execute.ts";
import { requireLease, underLease, type Lease } from "#lib/engine/lease.ts";
import { resolve } from "#lib/engine/operation.ts";
import { isByHand, withPasted } from "#lib/engine/pasted.ts";
import type { Reading } from "#lib/engine/reading.ts";
import { keepReadings, writeIntent } from "#lib/engine/record.ts";
import {
  actorName,
  lockMigration,
  ok,
  requireOperator,
  scopesOf,
  subjectOf,
  type Engine,
} from "#lib/engine/run-context.ts";
import { readBackOf, recordOutcome, settleOpenAttempt, type Outcome } from "#lib/engine/settle.ts";
import type { ActStep, Step } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration, valuesOf, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { PasteOutputInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/** What a pasted text said. `wrote`: whether it is the output of a command that writes to a by-hand store; null for all others. */
export type PastedOutput = { readonly readings: readonly Reading[]; readonly wrote: boolean | null };

/**
 * The manual way: somebody ran the rendered command elsewhere and pasted its output, decoded into `pasted`. A gate is judged over it
 * where Lockstep cannot read the same itself. An act is recorded as a manual attempt and judged by the same read-back as if the console
 * had done it; what could not be observed stays marked as pasted for ever.
 * @throws AppError `forbidden`, `stale`, `conflict` with the reason
 */
export async function runPasted(
  engine: Engine,
  ctx: Context,
  input: PasteOutputInput,
  { readings: pasted, wrote }: PastedOutput,
): Promise<Outcome> {
  const { migrationId, stepId, seenVersion } = input;
  const migration = await loadMigration(database(), migrationId);
  await requireOperator(ctx, migration, "paste-output");
  const open = migration.situation.openAttempt;
  if (open?.stepId === stepId && "store" in open.operation && isByHand(migration.targets))
    return settlePasted(engine, ctx, migration, input, pasted);
  const step = ok(decideStart(migration.runbook, migration.situation, stepId, seenVersion));
  return underLease(scopesOf(migration), actorName(ctx), async (lease) => {
    await engine.reached?.("leased");
    if (keepsOnly(step, migration, wrote)) {
      await writePasted(ctx, lease, input, pasted, null);
      return { state: "done", because: KEPT };
    }
    if (step.kind === "act") return recordManual(engine, ctx, lease, input, step, pasted);
    if (step.kind === "operator") throw new AppError("conflict", `Nothing is pasted into “${step.title}”.`);
    await writePasted(ctx, lease, input, pasted, null);
    const run = { migrationId, stepId, seenVersion: null, typedPhrase: null, continues: false } as const;
    return runUnit(engine, ctx, lease, { ...run, by: "person", pasted });
  });
}

const KEPT =
  "The output was read and kept. It counts for ten minutes as what is known of the store; run the step on it.";

/**
 * What was read of a store that is worked on by hand is kept for the run that rests on it; only the output of a command that wrote is the
 * record of an act on that store, and a gate is judged at once.
 */
function keepsOnly(step: Step, { targets }: StoredMigration, wrote: boolean | null): boolean {
  if (!isByHand(targets) || wrote === null || step.kind === "gate") return false;
  if (step.kind === "operator") return true;
  return !wrote || !step.templates.some((template) => "store" in template);
}

/** An attempt on a by-hand store that is still open gets its outcome from what was read after it began. */
async function settlePasted(
  engine: Engine,
  ctx: Context,
  migration: StoredMigration,
  input: PasteOutputInput,
  pasted: readonly Reading[],
): Promise<Outcome> {
  const { openAttempt: open, version } = migration.situation;
  const attempt = migration.attempts.find((one) => one.id === open?.id);
  if (attempt === undefined || version !== input.seenVersion)
    throw new AppError("stale", "The migration has changed since this page was loaded. Nothing was done.");
  const early = pasted.find((one) => Date.parse(one.readAt) < attempt.intendedAt.getTime());
  if (early !== undefined && attempt.direction === "undo")
    throw new AppError(
      "conflict",
      `This was read at ${early.readAt}, before the attempt began. Run the command now, and paste what it prints.`,
    );
  return underLease(scopesOf(migration), actorName(ctx), async (lease) => {
    await engine.reached?.("leased");
    await keepForAttempt(ctx, lease, migration, input, pasted, attempt.id);
    const settled = await settleOpenAttempt(engine, ctx, lease, migration.id);
    if (settled === null) throw new AppError("conflict", "The attempt has its outcome already.");
    return settled.outcome;
  });
}

async function keepForAttempt(
  ctx: Context,
  lease: Lease,
  migration: StoredMigration,
  input: PasteOutputInput,
  pasted: readonly Reading[],
  attemptId: string,
): Promise<void> {
  await transact(
    ctx,
    {
      ...pasting(ctx, lease, migration, input),
      conclude: () => ({ outcome: { readings: pasted.map((one) => one.key), attempt: attemptId } }),
    },
    async (tx) => keepReadings(tx, migration.id, input.stepId, attemptId, "pasted", pasted),
  );
}

/** The act of keeping what was pasted: an operator's, under the lease, on the locked migration. */
function pasting(ctx: Context, lease: Lease, migration: StoredMigration, input: PasteOutputInput) {
  const { environmentId, planHash, id: migrationId } = migration;
  return {
    action: "paste-output",
    subject: subjectOf(migration),
    environmentId,
    migrationId,
    planHash,
    input,
    allow: async (tx: Tx) => {
      await lockMigration(tx, migrationId);
      await requireRole(tx, ctx, ["operator"], environmentId);
      await requireLease(tx, lease);
    },
  } as const;
}

async function recordManual(
  engine: Engine,
  ctx: Context,
  lease: Lease,
  input: PasteOutputInput,
  step: ActStep,
  pasted: readonly Reading[],
): Promise<Outcome> {
  const attemptId = await writePasted(ctx, lease, input, pasted, step);
  await engine.reached?.("intended");
  const migration = await loadMigration(database(), input.migrationId);
  const readBack = withPasted(await readBackOf(engine, migration, step, "do"), pasted);
  await engine.reached?.("read-back");
  return recordOutcome(ctx, lease, {
    migrationId: input.migrationId,
    step,
    direction: "do",
    attemptId,
    conditions: [],
    conditionFindings: [],
    performed: { answer: "unclear", words: "It was done by hand and its output pasted." },
    readBack,
  });
}

/** Keeps the pasted readings and, for an act, the manual attempt, with their audit row. */
async function writePasted(
  ctx: Context,
  lease: Lease,
  input: PasteOutputInput,
  pasted: readonly Reading[],
  step: ActStep | null,
): Promise<string | null> {
  const before = await loadMigration(database(), input.migrationId);
  const { migrationId, stepId, seenVersion } = input;
  return transact(
    ctx,
    {
      ...pasting(ctx, lease, before, input),
      conclude: (attempt) => ({ outcome: { readings: pasted.map((one) => one.key), attempt } }),
    },
    async (tx) => {
      const migration = await loadMigration(tx, migrationId);
      ok(decideStart(migration.runbook, migration.situation, stepId, seenVersion));
      const template = step?.templates[0];
      const operation = template ? resolve(template, valuesOf(migration.steps)) : null;
      if (step !== null && operation === null)
        throw new AppError("conflict", "A value that this step needs has not been read yet.");
      if (step === null || template === undefined || operation === null) {
        await keepReadings(tx, migrationId, stepId, null, "pasted", pasted);
        return null;
      }
      // The approval policy covers the manual way too; what was done without it is found and proven by running the step.
      const permit = await requireApproval(tx, ctx, migration, {
        step,
        operation: template,
        conditions: pasted,
      });
      const attemptId = await writeIntent(tx, ctx, lease, migration, {
        step,
        direction: "do",
        operation,
        expected: null,
        conditions: [],
        manual: true,
      });
      await recordUse(tx, permit, attemptId);
      await keepReadings(tx, migrationId, stepId, attemptId, "pasted", pasted);
      return attemptId;
    },
  );
}
