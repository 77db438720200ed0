import type { Reader } from "#lib/db/transact-handle.ts";
import { judgeStarts, type Window } from "#lib/freeze/judge-starts.ts";
import { WINDOW_KINDS, windowTimes, type StartsStatus } from "#lib/freeze/schema.ts";
import { z } from "zod";

const kind = z.enum(WINDOW_KINDS);

/** The freeze of an environment that stands, or null. */
export async function standingFreeze(reader: Reader, environmentId: string) {
  return reader.environmentFreeze.findFirst({ where: { environmentId, liftedAt: null } });
}

/** The windows of an environment that were not removed, oldest first. */
export async function standingWindows(reader: Reader, environmentId: string) {
  const rows = await reader.maintenanceWindow.findMany({
    where: { environmentId, removedAt: null },
    orderBy: { addedAt: "asc" },
  });
  return rows.map((row) => ({ ...row, ...windowOf(row) }));
}

function windowOf(row: { readonly kind: string; readonly times: unknown }): Window {
  return { kind: kind.parse(row.kind), times: windowTimes.parse(row.times) };
}

/** Whether new work may start in an environment at a moment. */
export async function startsOf(reader: Reader, environmentId: string, now: Date): Promise<StartsStatus> {
  const freeze = await standingFreeze(reader, environmentId);
  const windows = await standingWindows(reader, environmentId);
  const frozen = freeze === null ? null : { reason: freeze.reason, by: freeze.frozenByName };
  return judgeStarts(frozen, windows, now);
}
