import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import { actorName, databaseNow } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import type { RemoveWindowInput } from "#lib/freeze/schema.ts";
import { subjectOf } from "#lib/inventory/locked-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Takes a maintenance window away; its row stays for the record. Needs an administrator of the environment.
 * @throws AppError `forbidden`, `not-found` when it does not exist or is gone already
 */
export async function removeWindow(ctx: Context, input: RemoveWindowInput): Promise<void> {
  const seen = await database().maintenanceWindow.findUnique({ where: { id: input.windowId } });
  if (seen === null) throw gone();
  await transact(
    ctx,
    {
      action: "remove-window",
      ...(await subjectOf("environment", seen.environmentId)),
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], seen.environmentId);
        const rows = await tx.$queryRaw<unknown[]>`
          SELECT 1 FROM maintenance_window WHERE id = ${seen.id}::uuid AND removed_at IS NULL FOR UPDATE`;
        if (rows.length === 0) throw gone();
      },
      conclude: () => ({ outcome: { kind: seen.kind, times: seen.times, note: seen.note } }),
    },
    async (tx) => {
      await tx.maintenanceWindow.update({
        where: { id: seen.id },
        data: { removedAt: await databaseNow(tx), removedBy: actorName(ctx) },
      });
    },
  );
}

function gone(): AppError {
  return new AppError("not-found", "This window is gone already. Reload the page.");
}
