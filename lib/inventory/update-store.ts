import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import {
  lockRow,
  requireSeen,
  requireUnarchived,
  subjectOf,
  withUniqueName,
} from "#lib/inventory/locked-rows.ts";
import { openMigrations, refuseDuringMigration } from "#lib/inventory/open-migrations.ts";
import { storeConnection, type UpdateStoreInput } from "#lib/inventory/schema.ts";
import { sameAddresses, storeDatabase } from "#lib/inventory/store-address.ts";
import { connectionOf, NO_IDENTITY, storeColumns, tablesOf } from "#lib/inventory/store-columns.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

type Stored = Awaited<ReturnType<Tx["store"]["findUniqueOrThrow"]>>;

/** Said where a form speaks of another kind than the stored one. */
export const KIND_STAYS = "The kind of a store never changes. Add a new store instead.";

/** What a migration that is open forbids, by kind of store. */
const OTHER_TABLES = {
  postgres: "change its database, schema or table prefix",
  cassandra: "change its keyspace",
  oracle: "change its service name, schema or table prefix",
} as const satisfies Record<UpdateStoreInput["kind"], string>;

/**
 * Changes a store; needs an administrator of its environment. While a migration is open its address, user, password and certificates
 * may be mended, but not which database, schema and prefix it is. Where the store may now be another one, its pinned identity is
 * dropped and pinned again by the next connection test.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived, name taken, migration open), `invalid` (certificate without key)
 */
export async function updateStore(ctx: Context, input: UpdateStoreInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "update-store",
      ...(await subjectOf("store", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "store", id);
        await requireRole(tx, ctx, ["administrator"], row.environmentId);
        requireSeen("store", row, input.seenVersion);
        requireUnarchived("store", row);
        return row;
      },
    },
    async (tx, row) => {
      const stored = await tx.store.findUniqueOrThrow({ where: { id } });
      if (stored.kind !== input.kind) throw new AppError("invalid", KIND_STAYS);
      const moved = await judgeMove(tx, stored, input);
      const columns = storeColumns(id, input, {
        password: { sealed: stored.passwordSealed, setAt: stored.passwordSetAt },
        clientKey: { sealed: stored.clientKeySealed, setAt: stored.clientKeySetAt },
      });
      const data = {
        ...columns,
        ...(moved ? NO_IDENTITY : {}),
        version: row.version + 1,
        updatedAt: new Date(),
      };
      await withUniqueName("store", input.name, async () => tx.store.update({ where: { id }, data }));
      return { id };
    },
  );
}

/** Whether the pinned identity no longer stands for what the fields lead to. */
async function judgeMove(tx: Tx, stored: Stored, input: UpdateStoreInput): Promise<boolean> {
  const before = storeConnection.parse(stored.connection);
  const after = connectionOf(input);
  const { tablePrefix, schema } = tablesOf(input);
  const otherTables =
    storeDatabase(before) !== storeDatabase(after) ||
    stored.tablePrefix !== tablePrefix ||
    stored.schemaName !== schema;
  if (otherTables) {
    await refuseDuringMigration(tx, "store", stored.id, OTHER_TABLES[input.kind]);
    return true;
  }
  return !sameAddresses(before, after) && (await isFree(tx, stored.id));
}

/** While a migration is open the pinned identity stays: it is what the new address must prove to be. */
async function isFree(tx: Tx, storeId: string): Promise<boolean> {
  const open = await openMigrations(tx, "store", storeId);
  return open.length === 0;
}
