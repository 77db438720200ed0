import { database } from "#lib/db/client.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import type { Decision } from "#lib/engine/decide.ts";
import { makePlan, planHash } from "#lib/engine/plan.ts";
import { leaseScope } from "#lib/engine/lease.ts";
import { PASTED_AGE_MAX_MS } from "#lib/engine/pasted.ts";
import type { ResolvedOperation } from "#lib/engine/operation.ts";
import { collect, find, type Reading } from "#lib/engine/reading.ts";
import type { Systems } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import type { StoredMigration } from "#lib/migrations/load-migration.ts";
import { auditName, type Context } from "#lib/people/actor.ts";
import type { BoundReading } from "#lib/stores/schema.ts";
import { hasRole, requireRole } from "#lib/people/authorise.ts";
import { transact } from "#lib/db/transact.ts";
import type { AuditedAction } from "#lib/audit/actions.ts";

/** The points of a step between which a process can die. */
export const STAGES = ["leased", "read", "intended", "performed", "read-back", "settled"] as const;
/** A point that a run has reached. */
export type Stage = (typeof STAGES)[number];

/** What a run works with. `reached` is told each stage; tests let a run die there. */
export type Engine = { readonly systems: Systems; readonly reached?: (stage: Stage) => Promise<void> };

/** Everything that acting on a migration must have for itself. */
export function scopesOf(migration: StoredMigration): readonly string[] {
  const scopes = [
    leaseScope.migration(migration.id),
    ...migration.targets.stores.map((one) => leaseScope.store(one.storeId)),
    ...migration.targets.sequences.map((one) => leaseScope.sequence(one.clusterId, one.namespace)),
  ];
  // A store may be moved under one and the same namespace.
  return [...new Set(scopes)];
}

/** Who acts, in one word for rows and labels. */
export function actorName(ctx: Context): string {
  const { actor } = ctx;
  return actor.kind === "worker" || actor.kind === "system" ? `${actor.kind} ${actor.id}` : auditName(actor);
}

/** The migration as the audit log names it. */
export function subjectOf(migration: StoredMigration): { kind: string; id: string; name: string } {
  return {
    kind: "migration",
    id: migration.id,
    name: `${migration.targets.serviceLabel}: ${migration.runbook.title}`,
  };
}

/**
 * Turns away whoever may not operate, before anything is read or leased; the refusal is recorded.
 * @throws AppError `forbidden`
 */
export async function requireOperator(
  ctx: Context,
  migration: StoredMigration,
  action: Extract<AuditedAction, "run-step" | "undo-step" | "settle" | "paste-output">,
): Promise<void> {
  if (await hasRole(ctx, ["operator"], migration.environmentId)) return;
  const { environmentId, id: migrationId, planHash } = migration;
  await transact(
    ctx,
    {
      action,
      subject: subjectOf(migration),
      environmentId,
      migrationId,
      planHash,
      allow: async (tx) => requireRole(tx, ctx, ["operator"], environmentId),
    },
    async () => undefined,
  );
}

/** Locks a migration's row for the rest of the transaction. @throws AppError `not-found` */
export async function lockMigration(tx: Tx, id: string): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM migration WHERE id = ${id}::uuid FOR UPDATE`;
  if (rows.length === 0) throw new AppError("not-found", "There is no such migration.");
}

/** Now, by the console database's clock. */
export async function databaseNow(tx: Pick<Tx, "$queryRaw"> = database()): Promise<Date> {
  const [row] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  if (!row) throw new AppError("unavailable", "The console's database does not tell the time.");
  return row.now;
}

/** Readings that a decision rests on must be younger than this, by the console database's clock. */
const READING_AGE_MAX_MS = 10_000;

/** The readings were too old when they were to be decided on: they are taken again. */
export class ReadingsTooOld extends AppError {
  constructor() {
    super(
      "unavailable",
      "The systems answer too slowly: what was read is older than 10 s before it can be decided on. Nothing was done. Try again.",
    );
  }
}

/** What people pasted may be older: they need the time to paste it. */
function requireYoung(readings: readonly Reading[], now: Date): void {
  const isOld = ({ provenance, readAt }: Reading) =>
    now.getTime() - Date.parse(readAt) > (provenance === "pasted" ? PASTED_AGE_MAX_MS : READING_AGE_MAX_MS);
  if (readings.some(isOld)) throw new ReadingsTooOld();
}

/** What was decided, or the refusal as an error for the person. @throws AppError with the reason */
export function ok<T>(decision: Decision<T>): T {
  if (decision.ok) return decision.next;
  throw new AppError(decision.code, decision.reason);
}

/** The store's state that a store operation is guarded by: the one that was decided on. */
export function expectedBy(operation: ResolvedOperation, readings: readonly Reading[]): BoundReading | null {
  if (!("store" in operation)) return null;
  const found = find(collect(readings), "store.bound", operation.store);
  return found.known ? found.value.bound : null;
}

/** The farthest that this process's clock may be off the database's before it must not act, in milliseconds. Source: design.md section 11 */
const CLOCK_OFF_MAX_MS = 30_000;

/**
 * What T2 makes sure of besides the decision itself: the readings are young, this host's clock is not far off, and the plan that was
 * agreed on is still the one that this Lockstep would carry out.
 * @throws ReadingsTooOld; AppError `unavailable` (clock), `conflict` (plan)
 */
export async function requireReady(
  migration: StoredMigration,
  readings: readonly Reading[],
  now: Date,
): Promise<void> {
  requireYoung(readings, now);
  if (Math.abs(Date.now() - now.getTime()) > CLOCK_OFF_MAX_MS) {
    throw new AppError(
      "unavailable",
      "The clock of this host is more than 30 s off the console database's clock. Nothing was done. Set it right first.",
    );
  }
  requireSamePlan(migration, await planHash(makePlan(migration.runbook, migration.targets)));
}

/** The plan that Lockstep would carry out, by its hash, is the one that the migration shows. @throws AppError `conflict` */
export function requireSamePlan(migration: StoredMigration, resolvedHash: string): void {
  if (resolvedHash === migration.planHash) return;
  throw new AppError(
    "conflict",
    "The runbook has changed since this migration opened, and with it the plan. Nothing was done. Look at the differences and take the new plan over first.",
  );
}
