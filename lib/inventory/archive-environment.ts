import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { lockRow, requireSeen, requireUnarchived, subjectOf } from "#lib/inventory/locked-rows.ts";
import type { ArchiveInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Archives an environment that nothing unarchived belongs to; needs an administrator on all environments.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived already, or still in use)
 */
export async function archiveEnvironment(ctx: Context, input: ArchiveInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "archive-environment",
      ...(await subjectOf("environment", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "environment", id);
        await requireRole(tx, ctx, ["administrator"], null);
        requireSeen("environment", row, input.seenVersion);
        requireUnarchived("environment", row);
        return row;
      },
    },
    async (tx, row) => {
      await refuseWhileUsed(tx, id);
      await tx.environment.update({
        where: { id },
        data: { archivedAt: new Date(), version: row.version + 1, updatedAt: new Date() },
      });
      return { id };
    },
  );
}

async function refuseWhileUsed(tx: Tx, id: string): Promise<void> {
  const where = { environmentId: id, archivedAt: null };
  const [services, stores, clusters] = [
    await tx.service.count({ where }),
    await tx.store.count({ where }),
    await tx.timelockCluster.count({ where }),
  ];
  if (services + stores + clusters === 0) return;
  const words = `It still has services (${services}), stores (${stores}) or TimeLock clusters (${clusters}) that are not archived.`;
  throw new AppError("conflict", `${words} Nothing was archived. Archive those first.`);
}
