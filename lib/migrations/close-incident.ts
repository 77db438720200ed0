import { raiseVersion } from "#lib/engine/record.ts";
import { actorName } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import type { CloseIncidentInput } from "#lib/migrations/schema.ts";
import { tellIncident } from "#lib/notifications/tell-migration.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Closes an incident with a note of what was done about it. If its cause is still there, the next look opens a new one.
 * @throws AppError `forbidden`, `not-found`, `conflict` when it is closed already
 */
export async function closeIncident(ctx: Context, input: CloseIncidentInput): Promise<void> {
  const { migrationId, incidentId, note } = input;
  await changeMigration(ctx, "close-incident", migrationId, input, async (tx, migration) => {
    const closed = await tx.migrationIncident.updateMany({
      where: { id: incidentId, migrationId, closedAt: null },
      data: { closedAt: new Date(), closedBy: actorName(ctx), note },
    });
    if (closed.count !== 1)
      throw new AppError("conflict", "This incident is closed already, or was never one of this migration.");
    await raiseVersion(tx, migrationId);
    await tellIncident(tx, ctx, migration, incidentId, "incident-closed", note);
  });
}
