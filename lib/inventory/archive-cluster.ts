import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import { lockRow, requireSeen, requireUnarchived, subjectOf } from "#lib/inventory/locked-rows.ts";
import { refuseDuringMigration } from "#lib/inventory/open-migrations.ts";
import type { ArchiveInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Archives a TimeLock cluster that no service uses; needs an administrator of its environment.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived already, or still in use)
 */
export async function archiveCluster(ctx: Context, input: ArchiveInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "archive-cluster",
      ...(await subjectOf("cluster", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "cluster", id);
        await requireRole(tx, ctx, ["administrator"], row.environmentId);
        requireSeen("cluster", row, input.seenVersion);
        requireUnarchived("cluster", row);
        return row;
      },
    },
    async (tx, row) => {
      await refuseDuringMigration(tx, "cluster", id, "be archived");
      const services = await tx.service.findMany({
        where: { clusterId: id, archivedAt: null },
        select: { name: true },
        orderBy: { name: "asc" },
        take: 5,
      });
      if (services.length > 0) {
        const names = services.map(({ name }) => name).join(", ");
        throw new AppError(
          "conflict",
          `Services use this TimeLock cluster: ${names}. Nothing was archived. Archive those services, or give them another TimeLock cluster, first.`,
        );
      }
      await tx.timelockCluster.update({
        where: { id },
        data: { archivedAt: new Date(), version: row.version + 1, updatedAt: new Date() },
      });
      return { id };
    },
  );
}
