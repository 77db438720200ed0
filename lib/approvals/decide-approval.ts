import {
  changeRequest,
  requireCurrent,
  requireNoOpenAttempt,
  requirePerson,
  type LockedRequest,
} from "#lib/approvals/change-request.ts";
import { closeRequest } from "#lib/approvals/close-request.ts";
import { lockPeople, peopleById } from "#lib/approvals/load-people.ts";
import { notEligible } from "#lib/approvals/policy.ts";
import type { DecideApprovalInput } from "#lib/approvals/schema.ts";
import { tell } from "#lib/approvals/tell.ts";
import { judgeUnit } from "#lib/approvals/unit-status.ts";
import { loadRequest } from "#lib/approvals/load-requests.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import type { ApprovalStatus } from "#lib/engine/unit.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";

/** The shortest reason of a rejection, in characters; the database holds it too. */
const REASON_MIN = 3;

/**
 * One person's decision on a request: approve, or reject with a reason, which ends it. Needs somebody whom the policy accepts, who did not
 * ask, who has just proved who they are, and who saw this very plan. Nobody decides twice, but whoever approved may still reject until it
 * is used. Returns how the unit stands then.
 * @throws AppError `forbidden`, `fresh-sign-in-required`, `not-found`, `stale` (another plan), `invalid` (no reason), `conflict` (decided,
 *   ended, expired, or an attempt is under way)
 */
export async function decideApproval(ctx: Context, input: DecideApprovalInput): Promise<ApprovalStatus> {
  return changeRequest(ctx, "decide-approval", input.requestId, input, {
    allow: async (tx, locked) => requireMayDecide(tx, ctx, locked, input),
    change: async (tx, locked) => {
      await (input.decision === "approve" ? approve(tx, ctx, locked, input) : reject(tx, ctx, locked, input));
      await raiseVersion(tx, locked.migration.id);
      const request = await loadRequest(tx, input.requestId);
      const { status, now } = await judgeUnit(tx, locked.migration, request.unit, request);
      if (status.state === "approved" && request.completedAt === null) {
        await tx.approvalRequest.update({ where: { id: request.id }, data: { completedAt: now } });
      }
      return status;
    },
    conclude: (status) => ({ outcome: { state: status.state, because: status.reason } }),
  });
}

async function requireMayDecide(
  tx: Tx,
  ctx: Context,
  locked: LockedRequest,
  input: DecideApprovalInput,
): Promise<void> {
  const person = requirePerson(ctx);
  const { request, judged, migration } = locked;
  await lockPeople(tx, [person.id]);
  const facts = (await peopleById(tx, migration.environmentId, [person.id])).get(person.id);
  const rule = judged.policy.levels[judged.unit.danger];
  const because = notEligible(facts, rule.approvers);
  if (because !== null) {
    throw new AppError("forbidden", `You cannot decide on this. ${because} Nothing was changed.`);
  }
  if (person.id === request.requesterId) {
    throw new AppError(
      "forbidden",
      "You asked for this approval, so you do not count. Nothing was changed. Somebody else has to decide.",
    );
  }
  requireCurrent(locked);
  requireDecidable(locked, input, person.id);
  if (input.decision === "reject") await requireNoOpenAttempt(tx, locked);
  if (judged.unit.danger === "destructive" || judged.policy.secondFactor) {
    await requireFreshSignIn(tx, ctx, {
      secondFactor: judged.policy.secondFactor ? "required" : "when-enrolled",
    });
  }
}

function requireDecidable(
  { request, judged: { status, planHash } }: LockedRequest,
  input: DecideApprovalInput,
  personId: string,
): void {
  if (input.planHash !== request.planHash || planHash !== request.planHash) {
    throw new AppError(
      "stale",
      "The plan that you looked at is not the plan of this request, or it has changed since. Nothing was decided. Look at the request again.",
    );
  }
  const decidable = ["pending", "approved", "broken-glass"].includes(status.state);
  if (!decidable || request.closedAt !== null || request.consumedAt !== null) {
    throw new AppError("conflict", `Nothing was decided: ${status.reason}`);
  }
  if (input.decision === "reject" && input.reason.length < REASON_MIN) {
    const words = "Say why you reject this: whoever asked has to know what to change.";
    throw new AppError("invalid", words, { fields: { reason: words } });
  }
  const mine = request.decisions.find((one) => one.personId === personId);
  if (mine !== undefined && input.decision === "approve") {
    throw new AppError("conflict", "You have decided on this already. The same person never counts twice.");
  }
}

async function approve(
  tx: Tx,
  ctx: Context,
  { request, judged }: LockedRequest,
  input: DecideApprovalInput,
): Promise<void> {
  const person = requirePerson(ctx);
  await tx.approvalDecision.create({
    data: {
      requestId: request.id,
      personId: person.id,
      requesterId: request.requesterId,
      personName: person.name,
      decision: "approve",
      reason: input.reason,
      decidedAt: judged.now,
    },
  });
  await tell(tx, ctx, request, {
    kind: "approved",
    once: `approved:${person.id}`,
    people: [request.requesterId],
    words: input.reason === "" ? null : input.reason,
  });
}

async function reject(
  tx: Tx,
  ctx: Context,
  { request, judged }: LockedRequest,
  input: DecideApprovalInput,
): Promise<void> {
  const person = requirePerson(ctx);
  const { id: requestId, requesterId } = request;
  const decided = { decision: "reject", reason: input.reason, decidedAt: judged.now };
  await tx.approvalDecision.upsert({
    where: { requestId_personId: { requestId, personId: person.id } },
    create: { requestId, requesterId, personId: person.id, personName: person.name, ...decided },
    update: decided,
  });
  await closeRequest(tx, ctx, requestId, "rejected", input.reason);
  const others = request.decisions.map((one) => one.personId).filter((one) => one !== person.id);
  await tell(tx, ctx, request, {
    kind: "rejected",
    once: "rejected",
    people: [requesterId, ...others],
    words: input.reason,
  });
}
