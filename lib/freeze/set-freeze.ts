import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import { actorName, databaseNow } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { standingFreeze } from "#lib/freeze/load-starts.ts";
import type { SetFreezeInput } from "#lib/freeze/schema.ts";
import { lockRow, requireUnarchived, subjectOf } from "#lib/inventory/locked-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/** Who can freeze, in a hurry too, and who can lift it again. */
export const FREEZING_ROLES = ["operator", "approver", "administrator"] as const;
export const LIFTING_ROLES = ["administrator"] as const;

/**
 * Freezes an environment or lifts its freeze. A freeze keeps migrations and units from starting; it never stops reads, settling, undo, a
 * fast-forward, or a unit that was begun or approved. Freezing needs an operator, approver or administrator, lifting an administrator.
 * @throws AppError `forbidden`, `not-found`, `conflict` (archived, or it is so already)
 */
export async function setFreeze(ctx: Context, input: SetFreezeInput): Promise<void> {
  const { environmentId, frozen, reason } = input;
  await transact(
    ctx,
    {
      action: "set-freeze",
      ...(await subjectOf("environment", environmentId)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "environment", environmentId);
        await requireRole(tx, ctx, frozen ? FREEZING_ROLES : LIFTING_ROLES, environmentId);
        requireUnarchived("environment", row);
        const standing = await standingFreeze(tx, environmentId);
        if ((standing !== null) === frozen) {
          const words =
            standing === null ? "is not frozen" : `was frozen by ${standing.frozenByName} already`;
          throw new AppError("conflict", `${row.name} ${words}. Nothing was changed.`);
        }
        return standing;
      },
    },
    async (tx, standing) => {
      const now = await databaseNow(tx);
      if (standing !== null) {
        const data = { liftedAt: now, liftedBy: actorName(ctx), liftedFor: reason };
        await tx.environmentFreeze.update({ where: { id: standing.id }, data });
        return;
      }
      await tx.environmentFreeze.create({
        data: {
          id: randomUUID(),
          environmentId,
          reason,
          frozenById: ctx.actor.id,
          frozenByName: actorName(ctx),
          frozenAt: now,
        },
      });
    },
  );
}
