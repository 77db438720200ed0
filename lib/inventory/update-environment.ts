import { transact } from "#lib/db/transact.ts";
import { requireQuietWindow } from "#lib/inventory/create-environment.ts";
import {
  lockRow,
  requireSeen,
  requireUnarchived,
  subjectOf,
  withUniqueName,
} from "#lib/inventory/locked-rows.ts";
import type { UpdateEnvironmentInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Changes an environment; needs an administrator there.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (archived, or the name is taken), `invalid` (quiet window)
 */
export async function updateEnvironment(
  ctx: Context,
  input: UpdateEnvironmentInput,
): Promise<{ id: string }> {
  const { id, seenVersion, ...fields } = input;
  return transact(
    ctx,
    {
      action: "update-environment",
      ...(await subjectOf("environment", id)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "environment", id);
        await requireRole(tx, ctx, ["administrator"], id);
        requireSeen("environment", row, seenVersion);
        requireUnarchived("environment", row);
        return row;
      },
    },
    async (tx, row) => {
      const { sandbox } = await tx.environment.findUniqueOrThrow({
        where: { id },
        select: { sandbox: true },
      });
      requireQuietWindow(sandbox, fields.quietWindowSeconds);
      const data = { ...fields, version: row.version + 1, updatedAt: new Date() };
      await withUniqueName("environment", fields.name, async () =>
        tx.environment.update({ where: { id }, data }),
      );
      return { id };
    },
  );
}
