import { randomUUID } from "node:crypto";

import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { lockMigration, subjectOf } from "#lib/engine/run-context.ts";
import type { StoredMigration } from "#lib/migrations/load-migration.ts";
import { tellIncident } from "#lib/notifications/tell-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/** Something that must not be: what it is, and what speaks for it. `kind` keeps one open incident of each. */
export type IncidentCause = { readonly kind: string; readonly title: string; readonly detail: string };

/**
 * Opens an incident on a migration, unless one of its kind is open already. True when it was opened.
 * @throws AppError `forbidden`
 */
export async function openIncident(
  ctx: Context,
  migration: StoredMigration,
  cause: IncidentCause,
): Promise<boolean> {
  const { id: migrationId, environmentId, planHash } = migration;
  const standing = await database().migrationIncident.count({
    where: { migrationId, kind: cause.kind, closedAt: null },
  });
  if (standing > 0) return false;
  return transact(
    ctx,
    {
      action: "open-incident",
      subject: subjectOf(migration),
      environmentId,
      migrationId,
      planHash,
      allow: async (tx) => {
        await lockMigration(tx, migrationId);
        await requireRole(tx, ctx, ["operator"], environmentId);
      },
      conclude: () => ({ outcome: { kind: cause.kind, because: cause.title } }),
    },
    async (tx) => {
      const open = await tx.migrationIncident.count({
        where: { migrationId, kind: cause.kind, closedAt: null },
      });
      if (open > 0) return false;
      const { contact } = await tx.environment.findUniqueOrThrow({ where: { id: environmentId } });
      const id = randomUUID();
      await tx.migrationIncident.create({
        data: { id, migrationId, ...cause, actions: actionsOf(migration, contact) },
      });
      await raiseVersion(tx, migrationId);
      await tellIncident(tx, ctx, migration, id, "incident-opened", cause.title);
      return true;
    },
  );
}

/** What to do, in order. Source: runbooks section 1 (after clients start) */
function actionsOf(migration: StoredMigration, contact: string): string[] {
  const since = migration.steps.find((step) => step.finishedAt !== null)?.finishedAt ?? migration.startedAt;
  return [
    `Stop all clients of ${migration.targets.serviceLabel} at once, with automatic restart off.`,
    migration.runbook.raise(migration.targets),
    contact === "" ? "Tell the people who answer for this environment." : `Tell: ${contact}`,
    `What was written between ${since.toISOString()} and now may have to be checked.`,
  ];
}
