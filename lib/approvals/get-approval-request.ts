import { z } from "zod";

import {
  cannotDecide,
  requestContext,
  summaryOf,
  type RequestContext,
} from "#lib/approvals/approval-rows.ts";
import { breakGlassView } from "#lib/approvals/break-glass-view.ts";
import { blastRadiusOf, lastApprovedOf, lateBoundOf, stepsOf } from "#lib/approvals/request-parts.ts";
import { comparedReadings } from "#lib/approvals/compare-readings.ts";
import { notEligible, whoWords } from "#lib/approvals/policy.ts";
import { planDifferences } from "#lib/approvals/plan-differences.ts";
import type { ApprovalRequestDto, DecisionDto, IndependentReadingDto, Offer } from "#lib/approvals/schema.ts";
import { loadRequest } from "#lib/approvals/load-requests.ts";
import { requireAskable } from "#lib/approvals/request-approval.ts";
import { judgeUnit } from "#lib/approvals/unit-status.ts";
import { database } from "#lib/db/client.ts";
import { makePlan } from "#lib/engine/plan.ts";
import { reading } from "#lib/engine/reading.ts";
import { AppError } from "#lib/errors.ts";
import { targetsOf, viewInput } from "#lib/migrations/get-migration.ts";
import { readingView } from "#lib/migrations/views/reading-view.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead, hasRole } from "#lib/people/authorise.ts";

const uuid = z.uuid();
const readings = z.array(reading);
const decided = z.enum(["approve", "reject"]);

/**
 * Everything that an approver must see of a request, and what the person who looks can do with it; reads no outside system.
 * @throws AppError `not-found`, `forbidden`
 */
export async function getApprovalRequest(ctx: Context, id: string): Promise<ApprovalRequestDto> {
  if (!uuid.safeParse(id).success) throw new AppError("not-found", "There is no such approval request.");
  const row = await loadRequest(database(), id);
  await authoriseRead(ctx, row.environmentId);
  const context = await requestContext(ctx, row);
  const { migration, policy, danger, planHash } = context;
  const requested = readings.parse(row.readings);
  const input = await viewInput(ctx, migration, requested);
  const rule = policy.levels[danger];
  const plan = makePlan(migration.runbook, migration.targets);
  return {
    ...summaryOf(context),
    note: row.note,
    currentPlanHash: planHash,
    migrationState: migration.situation.state,
    targets: targetsOf(migration, input),
    movesTables: migration.targets.move !== undefined,
    steps: stepsOf(context, input),
    lateBound: lateBoundOf(context),
    readings: requested.map(readingView),
    independent: await independentOf(id),
    blastRadius: await blastRadiusOf(context),
    lastApproved: await lastApprovedOf(row),
    changedSince: planHash === row.planHash ? [] : [...planDifferences(row.plan, plan)],
    rule: {
      people: rule.people,
      who: whoWords(rule.approvers, await namesOf(rule.approvers.flatMap((one) => one.people))),
      requestMinutes: rule.requestMinutes,
      executionMinutes: rule.executionMinutes,
      secondFactor: policy.secondFactor,
    },
    decisions: decisionsOf(context),
    attempts: attemptsOf(context),
    consumedAt: row.consumedAt?.toISOString() ?? null,
    breakGlass: row.breakGlass === null ? null : await breakGlassView(ctx, row.breakGlass),
    approve: offer(cannotDecide(context, "approve")),
    reject: offer(cannotDecide(context, "reject")),
    withdraw: offer(cannotWithdraw(context)),
    readIndependently: offer(cannotRead(context)),
    requestAgain: offer(await cannotAsk(ctx, context)),
  };
}

function offer(because: string | null): Offer {
  return { possible: because === null, because };
}

function cannotWithdraw({ row, me, status }: RequestContext): string | null {
  if (me?.id !== row.requesterId) return "Only whoever asked can withdraw the request.";
  return row.closedAt !== null || row.consumedAt !== null ? status.reason : null;
}

function cannotRead({ row, me, policy, danger }: RequestContext): string | null {
  if (me === undefined) return "Only a person can do this.";
  if (row.requesterId === me.id) return "You asked for this approval; somebody else has to read again.";
  return notEligible(me, policy.levels[danger].approvers);
}

async function cannotAsk(
  ctx: Context,
  { row, migration, isNewest, unit }: RequestContext,
): Promise<string | null> {
  if (!(await hasRole(ctx, ["operator"], row.environmentId)) || ctx.actor.kind !== "person") {
    return "You need the role operator in this environment.";
  }
  if (!isNewest) return "Somebody has asked again for this unit.";
  if (unit === null) return "The runbook has no such unit any more.";
  const judged = await judgeUnit(database(), migration, unit.id, row);
  try {
    requireAskable(migration, judged, judged.planHash);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

function decisionsOf({ row, status }: RequestContext): DecisionDto[] {
  return row.decisions.map((one) => {
    const excluded = status.notCounted.find((other) => other.personId === one.personId);
    return {
      personId: one.personId,
      by: one.personName,
      decision: decided.parse(one.decision),
      reason: one.reason,
      at: one.decidedAt.toISOString(),
      counts: excluded === undefined,
      because: excluded?.because ?? null,
    };
  });
}

function attemptsOf({ row, migration }: RequestContext): ApprovalRequestDto["attempts"] {
  const used = new Set(row.uses.map((one) => one.attemptId));
  return migration.attempts
    .filter((one) => used.has(one.id))
    .map(({ id, state, by, intendedAt, outcome }) => ({
      id,
      state,
      by,
      at: intendedAt.toISOString(),
      outcome,
    }));
}

async function independentOf(requestId: string): Promise<IndependentReadingDto[]> {
  const rows = await database().approvalReading.findMany({
    where: { requestId },
    orderBy: { readAt: "desc" },
  });
  return rows.map((row) => ({
    id: row.id,
    by: row.personName,
    at: row.readAt.toISOString(),
    values: comparedReadings.parse(row.compared).map(({ requested, independent, ...rest }) => {
      const view = readingView(independent);
      return {
        ...rest,
        label: view.label,
        requested: requested === null ? null : readingView(requested),
        independent: view,
      };
    }),
  }));
}

async function namesOf(ids: readonly string[]): Promise<(id: string) => string> {
  const rows = await database().person.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true },
  });
  return (id) => rows.find((row) => row.id === id)?.name ?? "somebody unknown";
}
