import type { Reader } from "#lib/db/transact-handle.ts";
import type { ResolvedOperation } from "#lib/engine/operation.ts";
import { decodeReading, type Reading } from "#lib/engine/reading.ts";
import type { Targets } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";

/** How long a pasted reading of a store that Lockstep never connects to counts, by the console database's clock. */
export const PASTED_AGE_MAX_MS = 600_000;

/** Whether a store is worked on by hand alone: nothing is ever sent to it, and what is known of it was pasted. */
export function isByHand({ stores }: Targets): boolean {
  return stores.some((store) => store.storeKind === "oracle");
}

/**
 * Refuses an operation on a store that is worked on by hand alone, before anything is written of it.
 * @throws AppError `conflict` that says what to do instead
 */
export function requireOwnHands(targets: Targets, operation: ResolvedOperation): void {
  const because = handsNeeded(targets, operation);
  if (because !== null) throw new AppError("conflict", because);
}

/** Why an operation is not carried out by Lockstep itself; null where it is. */
export function handsNeeded(targets: Targets, operation: { readonly kind: string }): string | null {
  if (!("store" in operation) || !isByHand(targets)) return null;
  const [store] = targets.stores;
  return `${store?.label ?? "The store"} is an Oracle store, which Lockstep never connects to. Run the sqlplus command of this step by hand, and paste its whole output.`;
}

/**
 * The newest reading of each kind that was pasted of a by-hand store within the last ten minutes; none for stores that Lockstep reads
 * itself. `attemptId`: only what was pasted for that attempt, which is what was read after it.
 */
export async function keptPastes(
  reader: Reader,
  migration: { readonly id: string; readonly targets: Targets },
  now: Date,
  attemptId: string | null = null,
): Promise<readonly Reading[]> {
  if (!isByHand(migration.targets)) return [];
  const rows = await reader.migrationReading.findMany({
    where: {
      migrationId: migration.id,
      purpose: "pasted",
      key: { startsWith: "store." },
      readAt: { gte: new Date(now.getTime() - PASTED_AGE_MAX_MS) },
      ...(attemptId === null ? {} : { attemptId }),
    },
    orderBy: { id: "asc" },
  });
  return [...new Map(rows.map((row) => [row.key, decodeReading(row.reading)])).values()];
}

/** Puts what was pasted in the place of what could not be read; an observed value is never replaced. Of two pastes the later counts. */
export function withPasted(readings: readonly Reading[], pasted: readonly Reading[]): readonly Reading[] {
  const known = new Set(readings.filter((one) => one.value !== null).map((one) => one.key));
  const used = new Map(pasted.filter((one) => !known.has(one.key)).map((one) => [one.key, one]));
  return [...readings.filter((one) => !used.has(one.key)), ...used.values()];
}
