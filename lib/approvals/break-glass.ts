import { randomUUID } from "node:crypto";

import { requirePerson } from "#lib/approvals/change-request.ts";
import { lockPeople, peopleById, peopleOf, type KnownPerson } from "#lib/approvals/load-people.ts";
import { loadRequest, type RequestRow } from "#lib/approvals/load-requests.ts";
import { notEligible } from "#lib/approvals/policy.ts";
import { endStanding, insertRequest, requireAskable } from "#lib/approvals/request-approval.ts";
import { readShown } from "#lib/approvals/read-critical.ts";
import type { BreakGlassInput } from "#lib/approvals/schema.ts";
import { tell } from "#lib/approvals/tell.ts";
import { lockUnit, type JudgedUnit } from "#lib/approvals/unit-status.ts";
import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { lockMigration, subjectOf } from "#lib/engine/run-context.ts";
import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";

/** The exact words to type before a glass is broken. */
export function breakGlassPhrase(migration: StoredMigration): string {
  return `without approval on ${migration.targets.serviceLabel}`;
}

/**
 * Lets a unit be executed without the approvals that are missing, until the execution clock of the policy ends. Leaves a permanent mark on
 * the migration, tells everybody who was skipped, and asks somebody else for a review. Needs somebody whom the policy lets do it, who has
 * just proved who they are.
 * @throws AppError `forbidden`, `fresh-sign-in-required`, `invalid` (phrase), `stale` (another plan), `conflict` (nothing to skip)
 */
export async function breakGlass(ctx: Context, input: BreakGlassInput): Promise<{ id: string }> {
  const { id } = await breakGlassOn(inventorySystems, ctx, input);
  return { id };
}

/** The same over given systems. */
export async function breakGlassOn(
  systems: Systems,
  ctx: Context,
  input: BreakGlassInput,
): Promise<{ readonly id: string; readonly skipped: readonly KnownPerson[] }> {
  const before = await loadMigration(database(), input.migrationId);
  const { environmentId, id: migrationId } = before;
  await authoriseRead(ctx, environmentId);
  const readings = await readShown(systems, before);
  return transact(
    ctx,
    {
      action: "break-glass",
      subject: subjectOf(before),
      environmentId,
      migrationId,
      planHash: input.planHash,
      input,
      allow: async (tx) => {
        await lockMigration(tx, migrationId);
        const migration = await loadMigration(tx, migrationId);
        const judged = await lockUnit(tx, migration, input.unit);
        await requireMayBreak(tx, ctx, migration, judged);
        requireBreakable(migration, judged, input);
        await requireFreshSignIn(tx, ctx, {
          secondFactor: judged.policy.secondFactor ? "required" : "when-enrolled",
        });
        return { migration, judged };
      },
      conclude: ({ id, skipped }) => ({
        outcome: { breakGlass: id, skipped: skipped.map((one) => one.name) },
      }),
    },
    async (tx, { migration, judged }) => {
      const request = await requestToBreak(tx, ctx, judged, async () =>
        insertRequest(tx, ctx, migration, judged, { readings, note: input.reason }),
      );
      const made = await insertBreak(tx, ctx, judged, request, input.reason);
      await raiseVersion(tx, migrationId);
      return made;
    },
  );
}

/** Whom the policy lets break the glass of a unit, and who is told when they do. */
export function skippedBy(
  judged: JudgedUnit,
  people: readonly KnownPerson[],
  personId: string,
): readonly KnownPerson[] {
  const rule = judged.policy.levels[judged.unit.danger];
  const gave = new Set(judged.status.countedBy.map((one) => one.personId));
  return people.filter(
    (one) => one.id !== personId && !gave.has(one.id) && notEligible(one, rule.approvers) === null,
  );
}

/** Why a person may not break the glass of a unit; null when they may. */
export function mayNotBreak(judged: JudgedUnit, person: KnownPerson | undefined): string | null {
  const rule = judged.policy.levels[judged.unit.danger];
  if (rule.breakGlass === null)
    return "The policy of this environment lets nobody go ahead without approval.";
  return notEligible(person, rule.breakGlass);
}

async function requireMayBreak(
  tx: Tx,
  ctx: Context,
  migration: StoredMigration,
  judged: JudgedUnit,
): Promise<void> {
  const person = requirePerson(ctx);
  await lockPeople(tx, [person.id]);
  const facts = (await peopleById(tx, migration.environmentId, [person.id])).get(person.id);
  const because = mayNotBreak(judged, facts);
  if (because !== null) {
    throw new AppError(
      "forbidden",
      `You cannot go ahead without approval here. ${because} Nothing was changed.`,
    );
  }
}

function requireBreakable(migration: StoredMigration, judged: JudgedUnit, input: BreakGlassInput): void {
  requireAskable(migration, judged, input.planHash, { standing: "may-wait" });
  const phrase = breakGlassPhrase(migration);
  if (input.typedPhrase === phrase) return;
  const words = `Type exactly “${phrase}” to confirm. Nothing was done.`;
  throw new AppError("invalid", words, { fields: { typedPhrase: words } });
}

/** The request that is skipped: the one that still waits, or a new one in the name of whoever breaks the glass. */
async function requestToBreak(
  tx: Tx,
  ctx: Context,
  judged: JudgedUnit,
  insert: () => Promise<string>,
): Promise<RequestRow> {
  if (judged.status.state === "pending" && judged.request !== null && judged.request.breakGlass === null) {
    return judged.request;
  }
  await endStanding(tx, ctx, judged);
  return loadRequest(tx, await insert());
}

async function insertBreak(
  tx: Tx,
  ctx: Context,
  judged: JudgedUnit,
  request: RequestRow,
  reason: string,
): Promise<{ readonly id: string; readonly skipped: readonly KnownPerson[] }> {
  const person = requirePerson(ctx);
  const skipped = skippedBy(judged, await peopleOf(tx, request.environmentId), person.id);
  const id = randomUUID();
  await tx.approvalBreakGlass.create({
    data: {
      id,
      requestId: request.id,
      migrationId: request.migrationId,
      personId: person.id,
      personName: person.name,
      reason,
      skipped: skipped.map(({ id: personId, name, email }) => ({ id: personId, name, email })),
      brokenAt: judged.now,
    },
  });
  await tell(tx, ctx, request, {
    kind: "glass-broken",
    once: "glass-broken",
    people: [...skipped.map((one) => one.id), request.requesterId],
    words: reason,
  });
  await tell(tx, ctx, request, {
    kind: "review-requested",
    once: "review-requested",
    people: skipped.map((one) => one.id),
    roles: ["administrator"],
    words: reason,
  });
  return { id, skipped };
}
