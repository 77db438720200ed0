import { transact } from "#lib/db/transact.ts";
import {
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
 * Brings an archived environment back; needs an administrator on all environments.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (not archived, what it needs is archived, or the name was taken meanwhile)
 */
export async function restoreEnvironment(ctx: Context, input: ArchiveInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "restore-environment",
      ...(await subjectOf("environment", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "environment", id);
        await requireRole(tx, ctx, ["administrator"], null);
        requireSeen("environment", row, input.seenVersion);
        requireArchived("environment", row);
        return row;
      },
    },
    async (tx, row) => {
      const data = { archivedAt: null, version: row.version + 1, updatedAt: new Date() };
      await withUniqueName("environment", row.name, async () =>
        tx.environment.update({ where: { id }, data }),
      );
      return { id };
    },
  );
}
