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
 * Brings an archived TimeLock cluster back; needs an administrator of its environment.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (not archived, what it needs is archived, or the name was taken meanwhile)
 */
export async function restoreCluster(ctx: Context, input: ArchiveInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "restore-cluster",
      ...(await subjectOf("cluster", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "cluster", id);
        await requireRole(tx, ctx, ["administrator"], row.environmentId);
        requireSeen("cluster", row, input.seenVersion);
        requireArchived("cluster", row);
        await lockReferred(tx, "environment", row.environmentId, "environmentId");
        return row;
      },
    },
    async (tx, row) => {
      const data = { archivedAt: null, version: row.version + 1, updatedAt: new Date() };
      await withUniqueName("cluster", row.name, async () =>
        tx.timelockCluster.update({ where: { id }, data }),
      );
      return { id };
    },
  );
}
