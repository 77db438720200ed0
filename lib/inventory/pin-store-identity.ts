import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import { describeIdentity } from "#lib/inventory/identity-words.ts";
import { lockRow, requireSeen, requireUnarchived, subjectOf } from "#lib/inventory/locked-rows.ts";
import { refuseDuringMigration } from "#lib/inventory/open-migrations.ts";
import { openStore } from "#lib/inventory/open-store.ts";
import type { ArchiveInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { hasRole, requireRole } from "#lib/people/authorise.ts";
import type { StoreIdentity } from "#lib/stores/schema.ts";

/**
 * Takes what answers at a store's address now for that store, whatever was pinned before; needs an administrator of its environment
 * and no open migration. The version stays: nothing that a person edits is changed.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived, or a migration is open)
 * @throws AdapterError effect `none` when the store cannot be read
 */
export async function pinStoreIdentity(ctx: Context, input: ArchiveInput): Promise<StoreIdentity> {
  const { id } = input;
  const named = await subjectOf("store", id);
  await requireStoreAdministrator(ctx, input, named);
  const store = await openStore(id);
  const { identity } = await store.readBound();
  await savePin(ctx, input, identity);
  return identity;
}

/** Nothing is read for somebody who may not pin the store; the refusal is recorded. @throws AppError `forbidden` */
export async function requireStoreAdministrator(
  ctx: Context,
  input: ArchiveInput,
  named: Awaited<ReturnType<typeof subjectOf>>,
): Promise<void> {
  if (await hasRole(ctx, ["administrator"], named.environmentId)) return;
  await transact(
    ctx,
    {
      action: "pin-store-identity",
      ...named,
      input,
      allow: async (tx) => requireRole(tx, ctx, ["administrator"], named.environmentId),
    },
    async () => undefined,
  );
  throw new AppError("conflict", "The rights changed meanwhile. Nothing was pinned. Try again.");
}

/** Writes an identity that was just read, with its audit row. @throws AppError as `pinStoreIdentity` */
export async function savePin(ctx: Context, input: ArchiveInput, identity: StoreIdentity): Promise<void> {
  const { id } = input;
  await transact(
    ctx,
    {
      action: "pin-store-identity",
      ...(await subjectOf("store", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "store", id);
        await requireRole(tx, ctx, ["administrator"], row.environmentId);
        requireSeen("store", row, input.seenVersion);
        requireUnarchived("store", row);
      },
      conclude: () => ({
        outcome: { identity: describeIdentity(identity), provenance: provenanceOf(identity) },
      }),
    },
    async (tx) => {
      await refuseDuringMigration(tx, "store", id, "be taken for another database");
      await tx.store.update({ where: { id }, data: { ...identityColumns(identity), updatedAt: new Date() } });
    },
  );
}

/** Nothing connects to Oracle, so what is known of it was pasted. */
function provenanceOf({ kind }: StoreIdentity): "observed" | "pasted" {
  return kind === "oracle" ? "pasted" : "observed";
}

function identityColumns(identity: StoreIdentity) {
  return {
    identitySystem: identity.system,
    identityDatabase: identity.database,
    identitySchema: identity.schema,
    identityTable: identity.table,
    identityTableId: identity.tableId,
    identityPinnedAt: new Date(),
  };
}
