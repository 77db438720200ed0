import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { clusterColumns, nodeRows } from "#lib/inventory/cluster-columns.ts";
import { NO_SECRET } from "#lib/inventory/inventory-secrets.ts";
import { lockReferred, withUniqueName } from "#lib/inventory/locked-rows.ts";
import type { CreateClusterInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Adds a TimeLock cluster; needs an administrator of its environment, since the console will connect to the addresses.
 * @throws AppError `not-found`, `forbidden`, `conflict` (name taken, environment archived), `invalid` (certificate without key)
 */
export async function createCluster(ctx: Context, input: CreateClusterInput): Promise<{ id: string }> {
  const id = randomUUID();
  const { environmentId, name } = input;
  return transact(
    ctx,
    {
      action: "create-cluster",
      subject: { kind: "cluster", id, name },
      environmentId,
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], environmentId);
        await lockReferred(tx, "environment", environmentId, "environmentId");
      },
    },
    async (tx) => {
      await insertCluster(tx, id, input);
      return { id };
    },
  );
}

/** Writes a new cluster's rows, its secrets sealed. @throws AppError `conflict` (name taken), `invalid` (certificate without key) */
export async function insertCluster(tx: Tx, id: string, input: CreateClusterInput): Promise<void> {
  const { environmentId, name, nodes } = input;
  const columns = clusterColumns(id, input, { clientKey: NO_SECRET, token: NO_SECRET });
  await withUniqueName("cluster", name, async () =>
    tx.timelockCluster.create({ data: { id, environmentId, ...columns } }),
  );
  await tx.timelockNode.createMany({ data: nodeRows(id, nodes) });
}
