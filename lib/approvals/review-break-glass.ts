import { requirePerson } from "#lib/approvals/change-request.ts";
import type { ReviewBreakGlassInput } from "#lib/approvals/schema.ts";
import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Reader } from "#lib/db/transact-handle.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { databaseNow, lockMigration, subjectOf } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/** The roles that can review a broken glass. */
export const REVIEWING_ROLES = ["approver", "administrator", "auditor"] as const;

/**
 * Somebody else's word on a broken glass: justified, or objected to, with a note; once. Needs an approver, auditor or administrator who did
 * not break it.
 * @throws AppError `forbidden`, `not-found`, `conflict` when it is reviewed already
 */
export async function reviewBreakGlass(ctx: Context, input: ReviewBreakGlassInput): Promise<void> {
  const seen = await loadBreak(database(), input.breakGlassId);
  const migration = await loadMigration(database(), seen.migrationId);
  const { environmentId, id: migrationId } = migration;
  await transact(
    ctx,
    {
      action: "review-break-glass",
      subject: subjectOf(migration),
      environmentId,
      migrationId,
      input,
      allow: async (tx) => {
        await lockMigration(tx, migrationId);
        await requireRole(tx, ctx, REVIEWING_ROLES, environmentId);
        const row = await loadBreak(tx, input.breakGlassId);
        if (requirePerson(ctx).id === row.personId) {
          throw new AppError("forbidden", "You broke this glass yourself. Somebody else has to review it.");
        }
        if (row.reviewedAt !== null) {
          throw new AppError("conflict", `${row.reviewerName ?? "Somebody"} has reviewed this already.`);
        }
        return row;
      },
    },
    async (tx, { id }) => {
      const { id: reviewerId, name: reviewerName } = requirePerson(ctx);
      await tx.approvalBreakGlass.update({
        where: { id },
        data: {
          reviewerId,
          reviewerName,
          verdict: input.verdict,
          reviewNote: input.note,
          reviewedAt: await databaseNow(tx),
        },
      });
      await raiseVersion(tx, migrationId);
    },
  );
}

async function loadBreak(reader: Reader, id: string) {
  const row = await reader.approvalBreakGlass.findUnique({ where: { id } });
  if (row === null) throw new AppError("not-found", "There is no such broken glass.");
  return row;
}
