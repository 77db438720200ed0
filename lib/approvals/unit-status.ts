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
  return judgeIn(await standingsOf(reader, migration, [request]), unit, request);
}

/** How every unit of a migration stands, for pages; reads only. */
export async function unitApprovals(
  reader: Reader,
  migration: StoredMigration,
): Promise<readonly UnitApproval[]> {
  const requests = await newestRequests(reader, [migration.id]);
  const standings = await standingsOf(reader, migration, requests);
  return unitsOf(migration.runbook).map((unit) => {
    const request = requests.find((one) => one.unit === unit.id) ?? null;
    const { status } = judgeIn(standings, unit, request);
    const { id, title, danger, steps } = unit;
    const stepIds = steps.map((step) => step.id);
    return { unit: id, title, stepIds, danger, status, requestId: request?.id ?? null };
  });
}

type Standings = Pick<JudgedUnit, "policy" | "people" | "planHash" | "now">;

/** Policy, people, plan and clock as they are now: what every unit of a migration is judged by. */
async function standingsOf(
  reader: Reader,
  migration: StoredMigration,
  requests: readonly (RequestRow | null)[],
): Promise<Standings> {
  return {
    policy: await policyOfMigration(reader, migration),
    people: await peopleById(reader, migration.environmentId, requests.flatMap(peopleIn)),
    planHash: await resolvedPlanHash(migration),
    now: await databaseNow(reader),
  };
}

function judgeIn(standings: Standings, unit: Unit, request: RequestRow | null): JudgedUnit {
  const { policy, people, planHash: hash, now } = standings;
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
