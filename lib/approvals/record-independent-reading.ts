import { randomUUID } from "node:crypto";
import { z } from "zod";

import { changeRequest, requirePerson } from "#lib/approvals/change-request.ts";
import { compareReadings, encodeCompared } from "#lib/approvals/compare-readings.ts";
import { independentSystems } from "#lib/approvals/independent-systems.ts";
import { peopleById } from "#lib/approvals/load-people.ts";
import { loadRequest } from "#lib/approvals/load-requests.ts";
import { notEligible } from "#lib/approvals/policy.ts";
import { readCritical } from "#lib/approvals/read-critical.ts";
import type { RecordIndependentReadingInput } from "#lib/approvals/schema.ts";
import { judgeUnit } from "#lib/approvals/unit-status.ts";
import { database } from "#lib/db/client.ts";
import type { Reader } from "#lib/db/transact-handle.ts";
import { reading } from "#lib/engine/reading.ts";
import type { Systems } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";

const readings = z.array(reading);

/**
 * An approver reads the critical values for themselves, through other nodes where there are any, and both readings are kept with how they
 * compare. Uses up no timestamp. Needs somebody whom the policy accepts and who did not ask; a request that is over can still be looked at.
 * @throws AppError `forbidden`, `not-found`
 */
export async function recordIndependentReading(
  ctx: Context,
  input: RecordIndependentReadingInput,
): Promise<{ id: string }> {
  return recordIndependentReadingOn(independentSystems, ctx, input);
}

/** The same over given systems. */
export async function recordIndependentReadingOn(
  systems: Systems,
  ctx: Context,
  input: RecordIndependentReadingInput,
): Promise<{ id: string }> {
  const before = await loadRequest(database(), input.requestId);
  const migration = await loadMigration(database(), before.migrationId);
  const mayRead = (await refusalOf(database(), ctx, input.requestId)) === null;
  const read = mayRead ? await readCritical(systems, migration) : [];
  const compared = compareReadings(readings.parse(before.readings), read);
  return changeRequest(ctx, "record-independent-reading", input.requestId, input, {
    allow: async (tx) => {
      const because = await refusalOf(tx, ctx, input.requestId);
      if (because !== null) throw new AppError("forbidden", `${because} Nothing was read.`);
    },
    change: async (tx, { request, judged }) => {
      const person = requirePerson(ctx);
      const id = randomUUID();
      await tx.approvalReading.create({
        data: {
          id,
          requestId: request.id,
          personId: person.id,
          personName: person.name,
          compared: encodeCompared(compared),
          readAt: judged.now,
        },
      });
      return { id };
    },
    conclude: ({ id }) => ({
      outcome: { reading: id, compared: compared.map(({ key, verdict }) => `${key}: ${verdict}`) },
    }),
  });
}

/** Why the actor cannot read for this request; null when they can. */
async function refusalOf(reader: Reader, ctx: Context, requestId: string): Promise<string | null> {
  const person = requirePerson(ctx);
  const request = await loadRequest(reader, requestId);
  if (request.requesterId === person.id)
    return "You asked for this approval; somebody else has to read again.";
  const migration = await loadMigration(reader, request.migrationId);
  const { policy, unit } = await judgeUnit(reader, migration, request.unit, request);
  const facts = (await peopleById(reader, request.environmentId, [person.id])).get(person.id);
  return notEligible(facts, policy.levels[unit.danger].approvers);
}
