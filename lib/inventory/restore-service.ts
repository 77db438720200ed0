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
 * Brings an archived service back; needs an operator or administrator of its environment.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (not archived, what it needs is archived, or the name was taken meanwhile)
 */
export async function restoreService(ctx: Context, input: ArchiveInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "restore-service",
      ...(await subjectOf("service", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "service", id);
        await requireRole(tx, ctx, ["administrator", "operator"], row.environmentId);
        requireSeen("service", row, input.seenVersion);
        requireArchived("service", row);
        await lockReferred(tx, "environment", row.environmentId, "environmentId");
        const { storeId, clusterId } = await tx.service.findUniqueOrThrow({
          where: { id },
          select: { storeId: true, clusterId: true },
        });
        await lockReferred(tx, "store", storeId, "storeId");
        if (clusterId !== null) await lockReferred(tx, "cluster", clusterId, "clusterId");
        return row;
      },
    },
    async (tx, row) => {
      const data = { archivedAt: null, version: row.version + 1, updatedAt: new Date() };
      await withUniqueName("service", row.name, async () => tx.service.update({ where: { id }, data }));
      return { id };
    },
  );
}
