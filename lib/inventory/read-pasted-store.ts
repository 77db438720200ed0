import { database } from "#lib/db/client.ts";
import { PASTED_AGE_MAX_MS } from "#lib/engine/pasted.ts";
import { decodeReading, type ReadingValue } from "#lib/engine/reading.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import type { StoreReadings } from "#lib/inventory/read-service-facts.ts";
import { describeBoundState } from "#lib/stores/bound-state.ts";
import { oracleByHand } from "#lib/stores/oracle/oracle-bound-store.ts";

/**
 * What was last pasted of a store that Lockstep never connects to, into any migration: known for ten minutes, as in a migration; unknown
 * after that, with what it said then.
 */
export async function readPastedStore(store: {
  readonly id: string;
  readonly name: string;
}): Promise<StoreReadings> {
  const now = await databaseNow();
  const bound = await newest(store.id, "store.bound");
  const punch = await newest(store.id, "store.punch");
  const unknown = { ok: false, reason: oracleByHand(store.name) } as const;
  if (bound?.value.kind !== "store.bound") return { bound: unknown, punch: unknown };
  const { state } = bound.value.bound;
  if (now.getTime() - Date.parse(bound.readAt) > PASTED_AGE_MAX_MS) {
    const then = `When it was last pasted, at ${bound.readAt}, the bound was ${describeBoundState(state)}.`;
    const old = { ok: false, reason: `${unknown.reason} ${then}` } as const;
    return { bound: old, punch: old };
  }
  return {
    bound: { ok: true, value: bound.value.bound },
    punch: punch?.value.kind === "store.punch" ? { ok: true, value: punch.value.punch } : unknown,
  };
}

async function newest(
  storeId: string,
  kind: ReadingValue["kind"],
): Promise<{ readonly value: ReadingValue; readonly readAt: string } | null> {
  const row = await database().migrationReading.findFirst({
    where: { migration: { storeId }, purpose: "pasted", key: { startsWith: `${kind}@` } },
    orderBy: { id: "desc" },
  });
  if (row === null) return null;
  const { value, readAt } = decodeReading(row.reading);
  return value === null ? null : { value, readAt };
}
