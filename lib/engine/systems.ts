import { database } from "#lib/db/client.ts";
import { openStore, STORE_PAGE_PATIENCE } from "#lib/inventory/open-store.ts";
import { openTimelock, PAGE_PATIENCE } from "#lib/inventory/open-timelock.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

/** The outside systems as the engine reaches them. Tests put fakes in their place. */
export interface Systems {
  /** @throws AppError when the inventory does not allow it, AdapterError never */
  openStore(storeId: string, patience: Patience): Promise<BoundStore>;
  /** A client that is closed after use. @throws AppError when the inventory does not allow it */
  openTimelock(clusterId: string, patience: Patience): Promise<Timelock>;
}

/** `short`: for what is decided on within seconds, so that a node that hangs does not hide the others. `long`: outlasts the loss of a quorum. */
export type Patience = "short" | "long";

/** The systems as the inventory describes them. */
export const inventorySystems: Systems = {
  openStore: async (storeId, patience) =>
    openStore(storeId, patience === "short" ? STORE_PAGE_PATIENCE : undefined),
  openTimelock: async (clusterId, patience) =>
    openTimelock(clusterId, patience === "short" ? PAGE_PATIENCE : undefined),
};

/** Turns a moment of this process into one of the console database's clock. */
export type DatabaseClock = { readonly now: () => Date };

/**
 * The console database's clock, read once and carried on by this process's monotonic clock. It lags by at most the time that the
 * reading took, so that ages counted from it are never too young.
 */
export async function readDatabaseClock(): Promise<DatabaseClock> {
  const [row] = await database().$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  const at = row?.now ?? new Date();
  const started = performance.now();
  return { now: () => new Date(at.getTime() + (performance.now() - started)) };
}
