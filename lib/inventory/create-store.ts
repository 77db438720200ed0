import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { NO_SECRET } from "#lib/inventory/inventory-secrets.ts";
import { lockReferred, withUniqueName } from "#lib/inventory/locked-rows.ts";
import type { CreateStoreInput } from "#lib/inventory/schema.ts";
import { storeColumns } from "#lib/inventory/store-columns.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Adds a store; needs an administrator of its environment, since the console will connect to the address.
 * @throws AppError `not-found`, `forbidden`, `conflict` (name taken, environment archived), `invalid` (certificate without key)
 */
export async function createStore(ctx: Context, input: CreateStoreInput): Promise<{ id: string }> {
  const id = randomUUID();
  const { environmentId, name } = input;
  return transact(
    ctx,
    {
      action: "create-store",
      subject: { kind: "store", id, name },
      environmentId,
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], environmentId);
        await lockReferred(tx, "environment", environmentId, "environmentId");
      },
    },
    async (tx) => {
      await insertStore(tx, id, input);
      return { id };
    },
  );
}

/** Writes a new store's row, its secrets sealed. @throws AppError `conflict` (name taken), `invalid` (certificate without key) */
export async function insertStore(tx: Tx, id: string, input: CreateStoreInput): Promise<void> {
  const { environmentId, name, kind } = input;
  const columns = storeColumns(id, input, { password: NO_SECRET, clientKey: NO_SECRET });
  await withUniqueName("store", name, async () =>
    tx.store.create({ data: { id, environmentId, kind, ...columns } }),
  );
}
