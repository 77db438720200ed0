import type { ActionInput, AuditedAction } from "#lib/audit/actions.ts";
import { database } from "#lib/db/client.ts";
import { transact, type Concluded } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { lockMigration, subjectOf } from "#lib/engine/run-context.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * One change of a migration that touches no outside system: locks its row, requires an operator of its environment, and hands the row
 * as it stands under the lock to `change`. The audit row is written with it.
 * @throws AppError `forbidden`, `not-found`, and what `change` throws
 */
export async function changeMigration<A extends AuditedAction, T>(
  ctx: Context,
  action: A,
  migrationId: string,
  input: ActionInput<A>,
  change: (tx: Tx, migration: StoredMigration) => Promise<T>,
  conclude?: (value: T) => Concluded<A>,
): Promise<T> {
  const before = await loadMigration(database(), migrationId);
  const { environmentId, planHash } = before;
  return transact(
    ctx,
    {
      action,
      subject: subjectOf(before),
      environmentId,
      migrationId,
      planHash,
      input,
      allow: async (tx) => {
        await lockMigration(tx, migrationId);
        await requireRole(tx, ctx, ["operator"], environmentId);
      },
      ...(conclude === undefined ? {} : { conclude }),
    },
    async (tx) => change(tx, await loadMigration(tx, migrationId)),
  );
}
