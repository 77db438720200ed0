import { database } from "#lib/db/client.ts";
import { CONDITION_LIMIT_MS, observe } from "#lib/engine/observe.ts";
import { keptPastes, withPasted } from "#lib/engine/pasted.ts";
import { readingKey, type Reading, type ReadingRequest } from "#lib/engine/reading.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import type { Targets } from "#lib/engine/step.ts";
import type { Systems } from "#lib/engine/systems.ts";
import { valuesOf, type StoredMigration } from "#lib/migrations/load-migration.ts";

const OF_STORE = ["store.bound", "store.read-back", "store.punch"] as const;
const OF_SEQUENCE = ["timelock.learned", "timelock.health"] as const;

/** The values that an approval rests on: every bound, its second look, the newest punch, TimeLock's stored bound and its quorum. */
export function criticalRequests(targets: Targets): readonly ReadingRequest[] {
  return [
    ...targets.stores.flatMap(({ role }) => OF_STORE.map((kind) => ({ kind, store: role }))),
    ...targets.sequences.flatMap(({ role }) => OF_SEQUENCE.map((kind) => ({ kind, sequence: role }))),
  ];
}

/** Reads the critical values of a migration from the systems now; uses up no timestamp, and what cannot be read says why. */
export async function readCritical(
  systems: Systems,
  migration: StoredMigration,
): Promise<readonly Reading[]> {
  return observe({
    targets: migration.targets,
    requests: criticalRequests(migration.targets),
    values: valuesOf(migration.steps),
    systems,
    limitMs: CONDITION_LIMIT_MS,
    allocate: null,
  });
}

/** The same, with what people pasted lately of a store that Lockstep never connects to: what a request can show at all. */
export async function readShown(systems: Systems, migration: StoredMigration): Promise<readonly Reading[]> {
  const asked = new Set(criticalRequests(migration.targets).map(readingKey));
  const pasted = await keptPastes(database(), migration, await databaseNow());
  return withPasted(
    await readCritical(systems, migration),
    pasted.filter(({ key }) => asked.has(key)),
  );
}
