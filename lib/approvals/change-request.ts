import type { ActionInput, AuditedAction } from "#lib/audit/actions.ts";
import { loadRequest, type RequestRow } from "#lib/approvals/load-requests.ts";
import { lockUnit, type JudgedUnit } from "#lib/approvals/unit-status.ts";
import { database } from "#lib/db/client.ts";
import { transact, type Concluded } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { lockMigration, subjectOf } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";

/** A request under its locks, with its migration and how its unit stands now. */
export type LockedRequest = {
  readonly request: RequestRow;
  readonly migration: StoredMigration;
  readonly judged: JudgedUnit;
};

/** The person who acts. @throws AppError `forbidden` for machines: no machine asks, approves or breaks a glass */
export function requirePerson(ctx: Context): Extract<Context["actor"], { kind: "person" }> {
  if (ctx.actor.kind === "person") return ctx.actor;
  throw new AppError("forbidden", "Only a person can do this.");
}

/**
 * One change of an approval request: locks the migration's row, the request, everybody who decided on it and their grants, in this order,
 * lets `allow` decide over them, and appends the audit row with the change.
 * @throws AppError `not-found`, and what `allow` and `change` throw
 */
export async function changeRequest<A extends AuditedAction, T>(
  ctx: Context,
  action: A,
  requestId: string,
  input: ActionInput<A>,
  steps: {
    readonly allow: (tx: Tx, locked: LockedRequest) => Promise<void>;
    readonly change: (tx: Tx, locked: LockedRequest) => Promise<T>;
    readonly conclude?: (value: T, locked: LockedRequest) => Concluded<A>;
  },
): Promise<T> {
  const before = await loadRequest(database(), requestId);
  const seen = await loadMigration(database(), before.migrationId);
  return transact(
    ctx,
    {
      action,
      subject: { ...subjectOf(seen), kind: "approval-request", id: requestId },
      environmentId: before.environmentId,
      migrationId: before.migrationId,
      planHash: before.planHash,
      input,
      allow: async (tx) => {
        await lockMigration(tx, before.migrationId);
        const migration = await loadMigration(tx, before.migrationId);
        const judged = await lockUnit(tx, migration, before.unit);
        const request = judged.request?.id === requestId ? judged.request : await loadRequest(tx, requestId);
        const locked = { request, migration, judged };
        await steps.allow(tx, locked);
        return locked;
      },
      ...(steps.conclude === undefined ? {} : { conclude: steps.conclude }),
    },
    async (tx, locked) => steps.change(tx, locked),
  );
}

/** The request is the newest of its unit and its migration is still open. @throws AppError `conflict` */
export function requireCurrent({ request, migration, judged }: LockedRequest): void {
  if (migration.situation.state !== "open") {
    throw new AppError("conflict", `This migration is ${migration.situation.state}. Nothing was changed.`);
  }
  if (judged.request?.id === request.id) return;
  throw new AppError(
    "conflict",
    "Somebody has asked again for this unit. Nothing was changed. Look at the newest request.",
  );
}

/** Nothing is being done under the request at this moment. @throws AppError `conflict` */
export async function requireNoOpenAttempt(tx: Tx, { request, migration }: LockedRequest): Promise<void> {
  const open = migration.situation.openAttempt;
  if (open === null) return;
  const used = await tx.approvalUse.count({ where: { attemptId: open.id, requestId: request.id } });
  if (used === 0) return;
  throw new AppError(
    "conflict",
    "An attempt is under way under this approval, so it is too late to take it back. Nothing was changed. Wait for its outcome, or settle it.",
  );
}
