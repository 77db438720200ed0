import { randomUUID } from "node:crypto";

import { requirePerson } from "#lib/approvals/change-request.ts";
import { closeRequest } from "#lib/approvals/close-request.ts";
import type { ClosedBecause } from "#lib/approvals/judge-approval.ts";
import { peopleOf } from "#lib/approvals/load-people.ts";
import { notEligible } from "#lib/approvals/policy.ts";
import { readShown } from "#lib/approvals/read-critical.ts";
import type { RequestApprovalInput } from "#lib/approvals/schema.ts";
import { tell } from "#lib/approvals/tell.ts";
import { lockUnit, type JudgedUnit } from "#lib/approvals/unit-status.ts";
import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { decideQuiet } from "#lib/engine/decide.ts";
import { makePlan } from "#lib/engine/plan.ts";
import { encodeReading, type Reading } from "#lib/engine/reading.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { lockMigration, ok, subjectOf } from "#lib/engine/run-context.ts";
import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { hasRole, requireRole } from "#lib/people/authorise.ts";

/**
 * Asks the people of the policy to approve one unit on the plan that was seen, with the critical values read for it now. Also asks again
 * after a rejection, an expiry or a use. Needs an operator; whoever asks never counts.
 * @throws AppError `forbidden`, `not-found`, `stale` (another plan), `conflict` (nobody needs to be asked, a request is open, the unit is
 *   done, the migration is over)
 */
export async function requestApproval(ctx: Context, input: RequestApprovalInput): Promise<{ id: string }> {
  return requestApprovalOn(inventorySystems, ctx, input);
}

/** The same over given systems. */
export async function requestApprovalOn(
  systems: Systems,
  ctx: Context,
  input: RequestApprovalInput,
): Promise<{ id: string }> {
  const before = await loadMigration(database(), input.migrationId);
  const { environmentId, id: migrationId } = before;
  const mayAsk = await hasRole(ctx, ["operator"], environmentId);
  const readings = mayAsk ? await readShown(systems, before) : [];
  return transact(
    ctx,
    {
      action: "request-approval",
      subject: subjectOf(before),
      environmentId,
      migrationId,
      planHash: input.planHash,
      input,
      allow: async (tx) => {
        await lockMigration(tx, migrationId);
        await requireRole(tx, ctx, ["operator"], environmentId);
        const migration = await loadMigration(tx, migrationId);
        const judged = await lockUnit(tx, migration, input.unit);
        requireAskable(migration, judged, input.planHash);
        return { migration, judged };
      },
      conclude: ({ id }) => ({ outcome: { request: id } }),
    },
    async (tx, { migration, judged }) => {
      await endStanding(tx, ctx, judged);
      const id = await insertRequest(tx, ctx, migration, judged, { readings, note: input.note });
      await tellApprovers(tx, ctx, migration, judged, { id, note: input.note });
      await raiseVersion(tx, migrationId);
      return { id };
    },
  );
}

/**
 * Whether a unit can be asked for now, or gone ahead with although a request still waits.
 * @throws AppError `stale`, `conflict`
 */
export function requireAskable(
  migration: StoredMigration,
  judged: JudgedUnit,
  seenHash: string,
  { standing }: { readonly standing: "none" | "may-wait" } = { standing: "none" },
): void {
  const { status, unit, planHash } = judged;
  ok(decideQuiet(migration.situation, null));
  if (migration.situation.state !== "open") {
    throw new AppError("conflict", "Clients run on the new sequence. There is nothing to approve any more.");
  }
  if (migration.planHash !== planHash) {
    throw new AppError(
      "conflict",
      "The runbook has changed since this migration opened. Nobody was asked. Take the new plan over first.",
    );
  }
  if (seenHash !== planHash) {
    throw new AppError(
      "stale",
      "The plan has changed since this page was loaded. Nobody was asked. Look at the new plan and ask again.",
    );
  }
  if (unit.steps.every((step) => migration.steps.find(({ id }) => id === step.id)?.state !== "pending")) {
    throw new AppError("conflict", `“${unit.title}” is done already. Nobody was asked.`);
  }
  if (status.state === "not-needed") {
    throw new AppError("conflict", "The policy of this environment asks nobody for this. It can be run.");
  }
  if ((status.state === "pending" && standing === "none") || status.executable) {
    throw new AppError("conflict", `This has been asked already. ${status.reason}`);
  }
}

/** A request that is over by its clock or by another plan is ended as what it is, so that the next can take its place. */
export async function endStanding(tx: Tx, ctx: Context, { request, status }: JudgedUnit): Promise<void> {
  if (request === null || request.closedAt !== null) return;
  await closeRequest(tx, ctx, request.id, endOf(status.state, request.consumedAt !== null), null);
}

function endOf(state: JudgedUnit["status"]["state"], used: boolean): ClosedBecause {
  if (used) return "consumed";
  if (state === "expired-request" || state === "expired-execution" || state === "rejected") return state;
  return "void";
}

/** Writes a request down with the plan, the rule and the readings as they are now. Returns its identifier. */
export async function insertRequest(
  tx: Tx,
  ctx: Context,
  migration: StoredMigration,
  { unit, policy, planHash, now }: JudgedUnit,
  what: { readonly readings: readonly Reading[]; readonly note: string },
): Promise<string> {
  const person = requirePerson(ctx);
  const { id: migrationId, environmentId, serviceId, runbook } = migration;
  const id = randomUUID();
  const last = await tx.approvalRequest.count({ where: { migrationId } });
  await tx.approvalRequest.create({
    data: {
      id,
      migrationId,
      environmentId,
      serviceId,
      runbook: runbook.id,
      number: last + 1,
      unit: unit.id,
      danger: unit.danger,
      planHash,
      plan: storedPlan(migration),
      rule: storedRule(policy, unit.danger),
      note: what.note,
      readings: what.readings.map(encodeReading),
      requesterId: person.id,
      requesterName: person.name,
      requestedAt: now,
    },
  });
  return id;
}

async function tellApprovers(
  tx: Tx,
  ctx: Context,
  migration: StoredMigration,
  { unit, policy, planHash }: JudgedUnit,
  request: { readonly id: string; readonly note: string },
): Promise<void> {
  const { id: migrationId, environmentId } = migration;
  const people = (await peopleOf(tx, environmentId)).filter(
    (one) => one.id !== ctx.actor.id && notEligible(one, policy.levels[unit.danger].approvers) === null,
  );
  await tell(
    tx,
    ctx,
    { id: request.id, environmentId, migrationId, planHash, unit: unit.id },
    {
      kind: "approval-requested",
      once: "requested",
      people: people.map((one) => one.id),
      words: request.note === "" ? null : request.note,
    },
  );
}

/** The plan as plain JSON: it holds no longs. */
function storedPlan({ runbook, targets }: StoredMigration): object {
  return { ...makePlan(runbook, targets) };
}

function storedRule(policy: JudgedUnit["policy"], danger: JudgedUnit["unit"]["danger"]): object {
  return { ...policy.levels[danger], secondFactor: policy.secondFactor };
}
