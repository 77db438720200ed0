import { transact } from "#lib/db/transact.ts";
import { clusterColumns, nodeRows } from "#lib/inventory/cluster-columns.ts";
import {
  lockRow,
  requireSeen,
  requireUnarchived,
  subjectOf,
  withUniqueName,
} from "#lib/inventory/locked-rows.ts";
import type { UpdateClusterInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Changes a TimeLock cluster; needs an administrator of its environment. Addresses and certificates may be mended while a migration is
 * open: the migration proves the servers' identities again.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived, or the name is taken), `invalid` (certificate without key)
 */
export async function updateCluster(ctx: Context, input: UpdateClusterInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "update-cluster",
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
      const stored = await tx.timelockCluster.findUniqueOrThrow({ where: { id } });
      const columns = clusterColumns(id, input, {
        clientKey: { sealed: stored.clientKeySealed, setAt: stored.clientKeySetAt },
        token: { sealed: stored.tokenSealed, setAt: stored.tokenSetAt },
      });
      const data = { ...columns, version: row.version + 1, updatedAt: new Date() };
      await withUniqueName("cluster", input.name, async () =>
        tx.timelockCluster.update({ where: { id }, data }),
      );
      await tx.timelockNode.deleteMany({ where: { clusterId: id } });
      await tx.timelockNode.createMany({ data: nodeRows(id, input.nodes) });
      return { id };
    },
  );
}
