import { database } from "#lib/db/client.ts";
import { collect, type Reading } from "#lib/engine/reading.ts";
import type { Targets } from "#lib/engine/step.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import { witnesses } from "#lib/runbooks/findings/bound.ts";

/** C of the newest attempt to commit it: starting over forgets what the steps had fixed. */
export function newestC({ attempts }: Pick<StoredMigration, "attempts">): bigint | undefined {
  return attempts
    .flatMap(({ operation }) => (operation.kind === "move.commit-start" ? [operation.commit] : []))
    .at(-1);
}

/**
 * Why no other copy may be begun into this destination: the one before was given up, and a client has started there since, whose writes the
 * setup would drop. Null where nothing speaks against it, or the store shows nothing. `readings`: of the destination, just taken.
 */
export async function startedThereBecause(
  { stores }: Targets,
  readings: readonly Reading[],
): Promise<string | null> {
  const to = stores.find(({ role }) => role === "destination");
  const { largest } = witnesses(collect(readings), "destination");
  if (stores.length < 2 || to === undefined || largest === null) return null;
  const before = await database().migration.findFirst({
    where: { claims: { some: { kind: "store", subject: to.storeId } } },
    orderBy: { startedAt: "desc" },
    select: { id: true, state: true },
  });
  if (before?.state !== "abandoned") return null;
  const { targets, attempts } = await loadMigration(database(), before.id);
  const isInto = targets.stores.some(({ role, storeId }) => role === "destination" && storeId === to.storeId);
  const c = newestC({ attempts });
  if (!isInto || targets.stores.length < 2 || c === undefined || largest <= c) return null;
  return `A client has started on ${to.label} since a copy into it was given up: it shows ${largest}, above that copy's C ${c}. What was written there would be dropped. Stop it and contact the AtlasDB team, restore the destination from its backup, or choose another store.`;
}
