import { transact } from "#lib/db/transact.ts";

import { lockRow, requireSeen, requireUnarchived, subjectOf } from "#lib/inventory/locked-rows.ts";
import { refuseDuringMigration } from "#lib/inventory/open-migrations.ts";
import type { ArchiveInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Archives a service without an open migration; needs an operator or administrator of its environment.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived already, or still in use)
 */
export async function archiveService(ctx: Context, input: ArchiveInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "archive-service",
      ...(await subjectOf("service", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "service", id);
        await requireRole(tx, ctx, ["administrator", "operator"], row.environmentId);
        requireSeen("service", row, input.seenVersion);
        requireUnarchived("service", row);
        return row;
      },
    },
    async (tx, row) => {
      await refuseDuringMigration(tx, "service", id, "be archived");
      await tx.service.update({
        where: { id },
        data: { archivedAt: new Date(), version: row.version + 1, updatedAt: new Date() },
      });
      return { id };
    },
  );
}
