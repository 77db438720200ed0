import { judgeApproval } from "#lib/approvals/judge-approval.ts";
import { peopleById, type KnownPerson } from "#lib/approvals/load-people.ts";
import { policyOfMigration } from "#lib/approvals/load-policy.ts";
import { factsOf, peopleIn, type RequestRow } from "#lib/approvals/load-requests.ts";
import { notEligible, type EffectivePolicy } from "#lib/approvals/policy.ts";
import type { ApprovalSummary } from "#lib/approvals/schema.ts";
import { resolvedPlanHash } from "#lib/approvals/unit-status.ts";
import { database } from "#lib/db/client.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import { unitOf, type ApprovalStatus, type Danger, type Unit } from "#lib/engine/unit.ts";
import type { EnvironmentRef } from "#lib/inventory/schema.ts";
import { findService } from "#lib/inventory/service-rows.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";

/** A request with everything that its lines and its page are made from. */
export type RequestContext = {
  readonly row: RequestRow;
  readonly migration: StoredMigration;
  readonly unit: Unit | null;
  readonly danger: Danger;
  readonly policy: EffectivePolicy;
  readonly status: ApprovalStatus;
  readonly planHash: string;
  /** The newest request of its unit. */
  readonly isNewest: boolean;
  readonly environment: EnvironmentRef;
  readonly service: { readonly id: string; readonly name: string };
  /** The person who looks, as policies see them; undefined for machines. */
  readonly me: KnownPerson | undefined;
};

/**
 * Judges a request for the person who looks, with the same function as execution. An older request of its unit keeps the state that it ended
 * with.
 */
export async function requestContext(ctx: Context, row: RequestRow): Promise<RequestContext> {
  const migration = await loadMigration(database(), row.migrationId);
  const unit = unitOf(migration.runbook, row.unit);
  const danger = unit?.danger ?? dangerOf(row.danger);
  const [policy, planHash, now, service, newer, known] = await Promise.all([
    policyOfMigration(database(), migration),
    resolvedPlanHash(migration),
    databaseNow(),
    findService(database(), row.serviceId),
    database().approvalRequest.count({
      where: { migrationId: row.migrationId, unit: row.unit, number: { gt: row.number } },
    }),
    peopleById(database(), row.environmentId, [...peopleIn(row), ctx.actor.id].filter(isUuid)),
  ]);
  const status = judgeApproval({
    unit: row.unit,
    planHash,
    rule: policy.levels[danger],
    request: factsOf(row),
    people: known,
    now,
  });
  const { id, name, environment } = service;
  return {
    row,
    migration,
    unit,
    danger,
    policy,
    status,
    planHash,
    isNewest: newer === 0,
    environment,
    service: { id, name },
    me: ctx.actor.kind === "person" ? known.get(ctx.actor.id) : undefined,
  };
}

/** One line of a list. */
export function summaryOf(context: RequestContext): ApprovalSummary {
  const { row, migration, unit, danger, status, environment, service, me } = context;
  return {
    id: row.id,
    number: row.number,
    migrationId: row.migrationId,
    runbookTitle: migration.runbook.title,
    environment: {
      id: environment.id,
      name: environment.name,
      tier: environment.tier,
      colour: environment.colour,
    },
    service,
    unit: row.unit,
    unitTitle: unit?.title ?? row.unit,
    danger,
    planHash: row.planHash,
    requestedBy: row.requesterName,
    requestedAt: row.requestedAt.toISOString(),
    status,
    mine: me !== undefined && row.requesterId === me.id,
    waitsForMe: status.state === "pending" && cannotDecide(context, "approve") === null,
  };
}

/** Why the person who looks cannot approve or reject this now; null when they can. As `decideApproval` will judge it. */
export function cannotDecide(context: RequestContext, decision: "approve" | "reject"): string | null {
  const { row, migration, status, policy, danger, me, isNewest } = context;
  if (me === undefined) return "Only a person can decide.";
  const because = notEligible(me, policy.levels[danger].approvers);
  if (because !== null) return `You cannot decide on this. ${because}`;
  if (row.requesterId === me.id) return "You asked for this approval, so you do not count.";
  if (migration.situation.state !== "open") return `This migration is ${migration.situation.state}.`;
  if (!isNewest) return "Somebody has asked again for this unit.";
  const decidable = ["pending", "approved", "broken-glass"].includes(status.state);
  if (!decidable || row.closedAt !== null || row.consumedAt !== null) return status.reason;
  const decided = row.decisions.some((one) => one.personId === me.id);
  if (decided && decision === "approve") return "You have approved this already.";
  const open = migration.situation.openAttempt;
  if (decision === "reject" && open !== null && row.uses.some((one) => one.attemptId === open.id)) {
    return "An attempt is under way under this approval.";
  }
  return null;
}

function dangerOf(stored: string): Danger {
  return stored === "safe" || stored === "reversible" ? stored : "destructive";
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function isUuid(text: string): boolean {
  return UUID.test(text);
}
