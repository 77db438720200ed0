import type { Tx } from "#lib/db/transact-handle.ts";
import { closeRequest } from "#lib/approvals/close-request.ts";
import { lockUnit, type JudgedUnit } from "#lib/approvals/unit-status.ts";
import type { Operation } from "#lib/engine/operation.ts";
import type { Reading } from "#lib/engine/reading.ts";
import { requireSamePlan } from "#lib/engine/run-context.ts";
import type { ActStep } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { startsOf } from "#lib/freeze/load-starts.ts";
import type { StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";

/** Leave to begin or to go on with a unit, for the attempt that is about to be written. `requestId` null: nobody had to be asked. */
export type Permit = { readonly requestId: string | null };

/** What is about to be done in a unit. */
export type Intended = {
  readonly step: ActStep;
  readonly operation: Operation;
  readonly conditions: readonly Reading[];
};

/**
 * Inside T2, before the intent of an act is written and after the migration's row was locked: makes sure that the plan is still the one that
 * was approved, that the policy is met on its hash at this moment by people who still count, that whoever executes has just proved who they
 * are where the policy asks for it, that the proofs are of a kind it allows, and that no freeze or window stands against a new start.
 * @throws AppError `forbidden` (recorded) for a person, `conflict` for the worker and for freezes, `fresh-sign-in-required`
 */
export async function requireApproval(
  tx: Tx,
  ctx: Context,
  migration: StoredMigration,
  intended: Intended,
): Promise<Permit> {
  const judged = await lockUnit(tx, migration, intended.step.unit);
  requireSamePlan(migration, judged.planHash);
  const { status, request, policy, unit } = judged;
  if (!status.executable) throw refusal(ctx, `${status.reason} Nothing was done.`);
  if (status.state === "not-needed") {
    await requireOpenStarts(tx, migration, judged, intended.operation);
    if (unit.danger === "destructive" && !hasBegun(migration, judged) && !(await isRehearsal(tx, migration)))
      await requireFreshSignIn(tx, ctx);
    return { requestId: null };
  }
  requireObserved(ctx, migration, judged, intended.conditions);
  if (status.state !== "consumed" && (unit.danger === "destructive" || policy.secondFactor)) {
    await requireFreshSignIn(tx, ctx, { secondFactor: policy.secondFactor ? "required" : "when-enrolled" });
  }
  return { requestId: request?.id ?? null };
}

/** Enters the attempt that is made under a permit. */
export async function recordUse(tx: Tx, permit: Permit, attemptId: string): Promise<void> {
  if (permit.requestId === null) return;
  await tx.approvalUse.create({ data: { attemptId, requestId: permit.requestId } });
}

/**
 * Inside T3, when an act is done: the effect consumes the request that it was made under. The request stays open for the other steps of the
 * unit and is closed with the last of them, so that no effect happens twice under one approval.
 */
export async function consumeApproval(
  tx: Tx,
  ctx: Context,
  migration: StoredMigration,
  step: ActStep,
  attemptId: string | null,
): Promise<void> {
  const [open] = await tx.$queryRaw<{ id: string; consumed: boolean }[]>`
    SELECT id, consumed_at IS NOT NULL AS consumed FROM approval_request
    WHERE migration_id = ${migration.id}::uuid AND unit = ${step.unit} AND closed_at IS NULL FOR UPDATE`;
  if (open === undefined) return;
  const used = await tx.approvalUse.count({ where: { requestId: open.id } });
  const consumed = open.consumed || used > 0;
  if (consumed && !open.consumed) {
    await tx.$executeRaw`
      UPDATE approval_request SET consumed_at = clock_timestamp(), consumed_by_attempt = ${attemptId}::uuid
      WHERE id = ${open.id}::uuid`;
  }
  if (isFinished(migration, step))
    await closeRequest(tx, ctx, open.id, consumed ? "consumed" : "ended", null);
}

/** The other acts of the unit are done or skipped; the migration is as it was before the step ended. */
function isFinished({ runbook, steps }: StoredMigration, step: ActStep): boolean {
  return runbook.steps.every(
    (one) =>
      one.kind !== "act" ||
      one.unit !== step.unit ||
      one.id === step.id ||
      steps.find(({ id }) => id === one.id)?.state !== "pending",
  );
}

/** When steps are opened once more, what was begun under an approval is over: doing it again needs another. */
export async function closeBegunRequests(
  tx: Tx,
  ctx: Context,
  migration: StoredMigration,
  stepIds: readonly string[],
): Promise<void> {
  const units = migration.runbook.steps.flatMap((step) =>
    step.kind === "act" && stepIds.includes(step.id) ? [step.unit] : [],
  );
  const begun = await tx.approvalRequest.findMany({
    where: { migrationId: migration.id, unit: { in: units }, closedAt: null, consumedAt: { not: null } },
    select: { id: true },
  });
  for (const { id } of begun) await closeRequest(tx, ctx, id, "consumed", null);
}

/** @throws AppError `conflict` when a freeze or a window stands against a new start */
async function requireOpenStarts(
  tx: Tx,
  migration: StoredMigration,
  judged: JudgedUnit,
  operation: Operation,
): Promise<void> {
  if (operation.kind === "timelock.fast-forward" || hasBegun(migration, judged)) return;
  const starts = await startsOf(tx, migration.environmentId, judged.now);
  if (!starts.open) throw new AppError("conflict", `${starts.because ?? ""} Nothing was done.`.trim());
}

/** A step of the unit is done: what is begun may be finished, by the worker too. */
function hasBegun(migration: StoredMigration, { unit }: JudgedUnit): boolean {
  return unit.steps.some((step) => migration.steps.find(({ id }) => id === step.id)?.state === "done");
}

async function isRehearsal(tx: Tx, { environmentId }: StoredMigration): Promise<boolean> {
  const { sandbox } = await tx.environment.findUniqueOrThrow({
    where: { id: environmentId },
    select: { sandbox: true },
  });
  return sandbox;
}

/** @throws AppError `forbidden` when the policy takes observed readings only and some were pasted or attested */
function requireObserved(
  ctx: Context,
  migration: StoredMigration,
  { policy }: JudgedUnit,
  conditions: readonly Reading[],
): void {
  if (policy.unobservedProofs) return;
  const settled = migration.steps.filter((step) => step.state === "done").flatMap((step) => step.readings);
  const other = [...conditions, ...settled].find(
    (one) => one.value !== null && one.provenance !== "observed",
  );
  if (other === undefined) return;
  throw refusal(
    ctx,
    `The policy of this environment takes only what Lockstep has read itself, and ${other.key} was ${other.provenance}. Nothing was done.`,
  );
}

/** A person's attempt without approval is recorded as denied; the worker tries again by itself and would fill the log. */
function refusal(ctx: Context, words: string): AppError {
  return new AppError(ctx.actor.kind === "person" ? "forbidden" : "conflict", words);
}
