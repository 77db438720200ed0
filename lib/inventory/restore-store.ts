import { transact } from "#lib/db/transact.ts";
import {
  lockReferred,
  lockRow,
  requireArchived,
  requireSeen,
  subjectOf,
  withUniqueName,
} from "#lib/inventory/locked-rows.ts";
import type { ArchiveInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Brings an archived store back; needs an administrator of its environment.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (not archived, what it needs is archived, or the name was taken meanwhile)
 */
export async function restoreStore(ctx: Context, input: ArchiveInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "restore-store",
      ...(await subjectOf("store", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "store", id);
        await requireRole(tx, ctx, ["administrator"], row.environmentId);
        requireSeen("store", row, input.seenVersion);
        requireArchived("store", row);
        await lockReferred(tx, "environment", row.environmentId, "environmentId");
        return row;
      },
    },
    async (tx, row) => {
      const data = { archivedAt: null, version: row.version + 1, updatedAt: new Date() };
      await withUniqueName("store", row.name, async () => tx.store.update({ where: { id }, data }));
      return { id };
    },
  );
}
