import type { Reader, Tx } from "#lib/db/transact-handle.ts";
import { judgeApproval } from "#lib/approvals/judge-approval.ts";
import { lockPeople, peopleById, type KnownPerson } from "#lib/approvals/load-people.ts";
import { policyOfMigration } from "#lib/approvals/load-policy.ts";
import {
  factsOf,
  lockNewestRequest,
  newestRequests,
  peopleIn,
  type RequestRow,
} from "#lib/approvals/load-requests.ts";
import type { EffectivePolicy } from "#lib/approvals/policy.ts";
import { makePlan, planHash } from "#lib/engine/plan.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import { unitOf, unitsOf, type ApprovalStatus, type Unit, type UnitApproval } from "#lib/engine/unit.ts";
import { AppError } from "#lib/errors.ts";
import type { StoredMigration } from "#lib/migrations/load-migration.ts";

/** A unit of a migration as it stands, with what that was judged from. */
export type JudgedUnit = {
  readonly unit: Unit;
  readonly status: ApprovalStatus;
  readonly policy: EffectivePolicy;
  readonly request: RequestRow | null;
  readonly people: ReadonlyMap<string, KnownPerson>;
  /** Of the plan as the runbook resolves it now. */
  readonly planHash: string;
  readonly now: Date;
};

/** The hash of the plan as the console's runbook resolves it for the migration's targets at this moment. */
export async function resolvedPlanHash(migration: StoredMigration): Promise<string> {
  return planHash(makePlan(migration.runbook, migration.targets));
}

/**
 * How a unit stands, under locks that last as long as the transaction: the newest request, everybody who decided on it, and their grants.
 * The migration's row must be locked before. @throws AppError `invalid` when the runbook has no such unit
 */
export async function lockUnit(tx: Tx, migration: StoredMigration, unitId: string): Promise<JudgedUnit> {
  const request = await lockNewestRequest(tx, migration.id, unitId);
  await lockPeople(tx, peopleIn(request));
  return judgeUnit(tx, migration, unitId, request);
}

/** How a unit stands with a given request, without locks. @throws AppError `invalid` when the runbook has no such unit */
export async function judgeUnit(
  reader: Reader,
  migration: StoredMigration,
  unitId: string,
  request: RequestRow | null,
): Promise<JudgedUnit> {
  const unit = unitOf(migration.runbook, unitId);
  if (unit === null) throw new AppError("invalid", "This migration has no such unit.");
  const policy = await policyOfMigration(reader, migration);
  const people = await peopleById(reader, migration.environmentId, peopleIn(request));
  const now = await databaseNow(reader);
  const hash = await resolvedPlanHash(migration);
  const status = judgeApproval({
    unit: unit.id,
    planHash: hash,
    rule: policy.levels[unit.danger],
    request: request === null ? null : factsOf(request),
    people,
    now,
  });
  return { unit, status, policy, request, people, planHash: hash, now };
}

/** How every unit of a migration stands, for pages; reads only. */
export async function unitApprovals(
  reader: Reader,
  migration: StoredMigration,
): Promise<readonly UnitApproval[]> {
  const requests = await newestRequests(reader, [migration.id]);
  const judged: UnitApproval[] = [];
  for (const { id, title, danger, steps } of unitsOf(migration.runbook)) {
    const request = requests.find((one) => one.unit === id) ?? null;
    const { status } = await judgeUnit(reader, migration, id, request);
    judged.push({
      unit: id,
      title,
      stepIds: steps.map((step) => step.id),
      danger,
      status,
      requestId: request?.id ?? null,
    });
  }
  return judged;
}
