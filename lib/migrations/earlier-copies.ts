import { database } from "#lib/db/client.ts";
import type { Reader } from "#lib/db/transact-handle.ts";
import { resolvedOperation } from "#lib/engine/operation.ts";
import { collect, reading, type Reading } from "#lib/engine/reading.ts";
import { targets as targetsShape, type Targets } from "#lib/engine/step.ts";
import { clientSince } from "#lib/runbooks/findings/earlier-copies.ts";

/**
 * C of every copy into the destination of a move, oldest first: of this migration, whatever its steps have forgotten since, and of those
 * before it that were given up. A migration that was finished ends the list: its service lived there since. What AtlasDB's own migrator took
 * nobody recorded, so copies before the last use of it are left out once there is a later one. Empty where nothing is moved.
 * @throws whatever the database throws
 */
export async function copiesInto(
  reader: Reader,
  { stores }: Targets,
  ownId: string | null,
): Promise<readonly bigint[]> {
  const to = stores.find(({ role }) => role === "destination");
  if (stores.length < 2 || to === undefined) return [];
  const rows = await reader.migration.findMany({
    where: { claims: { some: { kind: "store", subject: to.storeId } } },
    orderBy: { startedAt: "desc" },
    select: { id: true, state: true, targets: true },
  });
  const finished = rows.findIndex(({ id, state }) => id !== ownId && state !== "abandoned");
  const moves = (finished < 0 ? rows : rows.slice(0, finished)).filter((row) =>
    isInto(row.targets, to.storeId),
  );
  const taken: Taken[] = [];
  for (const { id } of moves.toReversed()) taken.push(...(await takenIn(reader, id)));
  const byHand = taken.findLastIndex((one) => one === "by-hand");
  const since = commitsOf(taken.slice(byHand + 1));
  return since.length > 0 ? since : commitsOf(taken);
}

/**
 * Why no other copy may be begun into this destination: one before was given up, and a client has started there since, whose writes the
 * setup would drop. Null where nothing speaks against it, or the store shows nothing. `readings`: of the destination, just taken.
 */
export async function startedThereBecause(
  targets: Targets,
  readings: readonly Reading[],
): Promise<string | null> {
  const to = targets.stores.find(({ role }) => role === "destination");
  const commits = await copiesInto(database(), targets, null);
  const embedded = targets.sequences.every(({ role }) => role !== "destination");
  const found = clientSince(collect(readings), commits, { embedded });
  if (found === null || to === undefined) return null;
  return `A client has started on ${to.label} since a copy into it was given up: it shows ${found}, which no copy left there. What was written there would be dropped. Stop it and contact the AtlasDB team, restore the destination from its backup, or choose another store.`;
}

type Taken = bigint | "by-hand";

function commitsOf(taken: readonly Taken[]): readonly bigint[] {
  return taken.filter((one) => one !== "by-hand");
}

function isInto(stored: unknown, storeId: string): boolean {
  const { stores } = targetsShape.parse(stored);
  return stores.length > 1 && stores.some((one) => one.role === "destination" && one.storeId === storeId);
}

/** In the order of the attempts: C as it was given, also where nobody came to commit it, and every setup by AtlasDB's own migrator. */
async function takenIn(reader: Reader, migrationId: string): Promise<readonly Taken[]> {
  const attempts = await reader.migrationAttempt.findMany({
    where: { migrationId, direction: "do" },
    orderBy: { intendedAt: "asc" },
    select: { id: true, operation: true, manual: true },
  });
  const given = await reader.migrationReading.findMany({
    where: { migrationId, key: "move.start@destination" },
    orderBy: { id: "asc" },
    select: { attemptId: true, reading: true },
  });
  return attempts.flatMap(({ id, operation, manual }): Taken[] => {
    const one = resolvedOperation.parse(operation);
    if (one.kind === "move.commit-start") return [one.commit];
    if (one.kind === "move.set-up") return manual ? ["by-hand"] : [];
    if (one.kind !== "move.take-start") return [];
    return given.filter(({ attemptId }) => attemptId === id).flatMap(({ reading: kept }) => commitIn(kept));
  });
}

function commitIn(kept: unknown): readonly bigint[] {
  const { value } = reading.parse(kept);
  return value?.kind === "move.start" ? [value.commit] : [];
}
