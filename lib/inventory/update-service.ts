import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import {
  lockRow,
  requireSeen,
  requireUnarchived,
  subjectOf,
  withUniqueName,
} from "#lib/inventory/locked-rows.ts";
import { refuseDuringMigration } from "#lib/inventory/open-migrations.ts";
import type { UpdateServiceInput } from "#lib/inventory/schema.ts";
import { lockParts, replaceParts, serviceColumns } from "#lib/inventory/service-parts.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Changes a service; needs an operator or administrator of its environment. While a migration is open, nodes and dependents may be
 * added, since a forgotten one must not be kept secret, but none removed, and where the timestamps come from stays as it is.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived, name taken, migration open, parts of another environment)
 */
export async function updateService(ctx: Context, input: UpdateServiceInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "update-service",
      ...(await subjectOf("service", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "service", id);
        await requireRole(tx, ctx, ["administrator", "operator"], row.environmentId);
        requireSeen("service", row, input.seenVersion);
        requireUnarchived("service", row);
        await lockParts(tx, row.environmentId, input);
        return row;
      },
    },
    async (tx, row) => {
      if (await changesWhatIsLocked(tx, input)) {
        await refuseDuringMigration(
          tx,
          "service",
          id,
          "change its store, its timestamp source or lose a node or dependent",
        );
      }
      const data = { ...serviceColumns(input), version: row.version + 1, updatedAt: new Date() };
      await withUniqueName("service", input.name, async () => tx.service.update({ where: { id }, data }));
      await replaceParts(tx, id, input);
      return { id };
    },
  );
}

async function changesWhatIsLocked(tx: Tx, input: UpdateServiceInput): Promise<boolean> {
  const stored = await tx.service.findUniqueOrThrow({
    where: { id: input.id },
    include: { nodes: true, dependents: true },
  });
  const kept = new Set([...input.nodes, ...input.dependents].map(({ id }) => id));
  return (
    stored.storeId !== input.storeId ||
    stored.timestampSource !== input.timestampSource ||
    stored.clusterId !== input.clusterId ||
    stored.namespace !== input.namespace ||
    [...stored.nodes, ...stored.dependents].some(({ id }) => !kept.has(id))
  );
}
