import type { Tx } from "#lib/db/transact-handle.ts";
import type { Step } from "#lib/engine/step.ts";
import { notify } from "#lib/notifications/notify.ts";
import type { NotificationKind } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/** What of a migration an event needs. */
export type AboutMigration = {
  readonly id: string;
  readonly environmentId: string;
  readonly planHash: string;
};

const OUTCOME_KINDS = {
  done: "step-executed",
  failed: "step-failed",
  "not-applied": "step-failed",
  uncertain: "step-uncertain",
  // A job that was started tells when it has come to something.
  running: null,
} as const satisfies Readonly<Record<string, NotificationKind | null>>;

/**
 * Writes down what an attempt came to, for whoever started the migration and the operators of its environment. Nothing for steps that
 * changed no system (`attemptId` null).
 */
export async function tellOutcome(
  tx: Tx,
  ctx: Context,
  migration: AboutMigration,
  step: Step,
  attemptId: string | null,
  state: keyof typeof OUTCOME_KINDS,
): Promise<void> {
  if (attemptId === null) return;
  const kind = OUTCOME_KINDS[state];
  if (kind === null) return;
  await notify(tx, {
    key: `attempt:${attemptId}:${kind}`,
    kind,
    environmentId: migration.environmentId,
    migrationId: migration.id,
    planHash: migration.planHash,
    unit: step.kind === "act" ? step.unit : null,
    stepId: step.id,
    subjectId: attemptId,
    actor: ctx.actor,
    addressed: { people: [await starterOf(tx, migration.id)], roles: ["operator"] },
    words: null,
  });
}

/** Writes down that an incident was opened or closed, for everybody who acts in the environment. `words`: its title, or the note. */
export async function tellIncident(
  tx: Tx,
  ctx: Context,
  migration: AboutMigration,
  incidentId: string,
  kind: "incident-opened" | "incident-closed",
  words: string,
): Promise<void> {
  await notify(tx, {
    key: `incident:${incidentId}:${kind}`,
    kind,
    environmentId: migration.environmentId,
    migrationId: migration.id,
    planHash: migration.planHash,
    unit: null,
    stepId: null,
    subjectId: incidentId,
    actor: ctx.actor,
    addressed: {
      people: [await starterOf(tx, migration.id)],
      roles: ["operator", "approver", "administrator"],
    },
    words,
  });
}

async function starterOf(tx: Tx, id: string): Promise<string> {
  const row = await tx.migration.findUniqueOrThrow({ where: { id }, select: { startedById: true } });
  return row.startedById;
}
