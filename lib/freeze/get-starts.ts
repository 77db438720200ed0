import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { isActive, judgeStarts, windowWords } from "#lib/freeze/judge-starts.ts";
import { standingFreeze, standingWindows } from "#lib/freeze/load-starts.ts";
import type { StartsDto } from "#lib/freeze/schema.ts";
import { FREEZING_ROLES, LIFTING_ROLES } from "#lib/freeze/set-freeze.ts";
import { environmentRefOf } from "#lib/inventory/environment-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead, hasRole } from "#lib/people/authorise.ts";

const uuid = z.uuid();

/** Freeze and windows of an environment, and what they mean at this moment. @throws AppError `forbidden`, `not-found` */
export async function getStarts(ctx: Context, environmentId: string): Promise<StartsDto> {
  const known = uuid.safeParse(environmentId).success;
  const row = known ? await database().environment.findUnique({ where: { id: environmentId } }) : null;
  if (row === null) throw new AppError("not-found", "There is no such environment.");
  await authoriseRead(ctx, environmentId);
  const [freeze, windows, now, canFreeze, canLift] = await Promise.all([
    standingFreeze(database(), environmentId),
    standingWindows(database(), environmentId),
    databaseNow(),
    hasRole(ctx, FREEZING_ROLES, environmentId),
    hasRole(ctx, LIFTING_ROLES, environmentId),
  ]);
  const frozen = freeze === null ? null : { reason: freeze.reason, by: freeze.frozenByName };
  return {
    environment: environmentRefOf(row),
    status: judgeStarts(frozen, windows, now),
    freeze:
      freeze === null
        ? null
        : { reason: freeze.reason, by: freeze.frozenByName, since: freeze.frozenAt.toISOString() },
    windows: windows.map(({ id, kind, times, note, addedByName, addedAt }) => ({
      id,
      kind,
      times,
      words: windowWords(times),
      note,
      addedBy: addedByName,
      addedAt: addedAt.toISOString(),
      active: isActive(times, now),
    })),
    canFreeze,
    canLift,
    canChangeWindows: canLift,
  };
}
