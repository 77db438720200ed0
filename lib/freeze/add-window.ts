import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import { actorName } from "#lib/engine/run-context.ts";
import type { AddWindowInput } from "#lib/freeze/schema.ts";
import { lockRow, requireUnarchived, subjectOf } from "#lib/inventory/locked-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Adds a maintenance window to an environment, every week or once, in UTC. Needs an administrator of the environment.
 * @throws AppError `forbidden`, `not-found`, `conflict` (archived)
 */
export async function addWindow(ctx: Context, input: AddWindowInput): Promise<{ id: string }> {
  const { environmentId, kind, times, note } = input;
  return transact(
    ctx,
    {
      action: "add-window",
      ...(await subjectOf("environment", environmentId)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "environment", environmentId);
        await requireRole(tx, ctx, ["administrator"], environmentId);
        requireUnarchived("environment", row);
      },
      conclude: ({ id }) => ({ outcome: { window: id } }),
    },
    async (tx) => {
      const id = randomUUID();
      await tx.maintenanceWindow.create({
        data: { id, environmentId, kind, times, note, addedById: ctx.actor.id, addedByName: actorName(ctx) },
      });
      return { id };
    },
  );
}
