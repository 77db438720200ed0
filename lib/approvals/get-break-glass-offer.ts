import { breakGlassPhrase, mayNotBreak, skippedBy } from "#lib/approvals/break-glass.ts";
import { peopleOf } from "#lib/approvals/load-people.ts";
import { newestRequests } from "#lib/approvals/load-requests.ts";
import { counted } from "#lib/approvals/policy.ts";
import { requireAskable } from "#lib/approvals/request-approval.ts";
import type { BreakGlassOffer } from "#lib/approvals/schema.ts";
import { judgeUnit, type JudgedUnit } from "#lib/approvals/unit-status.ts";
import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/** What breaking the glass of a unit would mean for the person who looks. @throws AppError `not-found`, `forbidden`, `invalid` */
export async function getBreakGlassOffer(
  ctx: Context,
  migrationId: string,
  unitId: string,
): Promise<BreakGlassOffer> {
  const migration = await loadMigration(database(), migrationId);
  await authoriseRead(ctx, migration.environmentId);
  const requests = await newestRequests(database(), [migrationId]);
  const request = requests.find((one) => one.unit === unitId) ?? null;
  const judged = await judgeUnit(database(), migration, unitId, request);
  const people = await peopleOf(database(), migration.environmentId);
  const me = people.find((one) => one.id === ctx.actor.id);
  const because = mayNotBreak(judged, me) ?? nothingToSkip(migration, judged);
  const { unit, policy, planHash } = judged;
  return {
    unit: unit.id,
    unitTitle: unit.title,
    danger: unit.danger,
    planHash,
    possible: because === null,
    because,
    phrase: breakGlassPhrase(migration),
    skips: skipsOf(judged),
    skipped: skippedBy(judged, people, ctx.actor.id).map(({ id, name, email }) => ({ id, name, email })),
    executionMinutes: policy.levels[unit.danger].executionMinutes,
  };
}

function nothingToSkip(migration: StoredMigration, judged: JudgedUnit): string | null {
  try {
    requireAskable(migration, judged, judged.planHash, { standing: "may-wait" });
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

function skipsOf({ status }: JudgedUnit): string[] {
  const missing = counted(status.missing);
  const lines = [`The approval of ${missing} is missing, and this goes ahead without it.`];
  if (status.state === "rejected") lines.push(`${status.reason} This goes ahead against it.`);
  return lines;
}
