import { database } from "#lib/db/client.ts";
import { openStore, STORE_PAGE_PATIENCE } from "#lib/inventory/open-store.ts";
import { openTimelock, PAGE_PATIENCE } from "#lib/inventory/open-timelock.ts";
import type { JobState, TablesState } from "#lib/engine/move-reading.ts";
import type { Targets } from "#lib/engine/step.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import type { StartPair } from "#lib/mover/sequence.ts";
import { openInventoryMove } from "#lib/inventory/open-move.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

/** The outside systems as the engine reaches them. Tests put fakes in their place. */
export interface Systems {
  /** @throws AppError when the inventory does not allow it, AdapterError never */
  openStore(storeId: string, patience: Patience): Promise<BoundStore>;
  /** A client that is closed after use. @throws AppError when the inventory does not allow it */
  openTimelock(clusterId: string, patience: Patience): Promise<Timelock>;
  /** The source and the destination of a move, closed after use. Nothing is connected before it is used. @throws AppError as `openStore` */
  openMove(targets: Targets, patience: Patience): Promise<StoreMove>;
}

/**
 * Two stores with what is read of them together and done between them. The source is never written. Methods throw AppError for what is refused
 * before anything was changed, and AdapterError with effect `none` or `unknown` for what a store did.
 */
export interface StoreMove {
  /** Looks at both stores. Reads only. */
  assess(): Promise<Assessment>;
  /** The destination's tables beside the pinned plan. Reads only. */
  readTables(): Promise<TablesState>;
  /** What the destination records as the commit of this start; null: nothing. Reads only. */
  readCommit(start: bigint): Promise<bigint | null>;
  /** How the newest job of a kind at this start stands, from its ledger alone. */
  readJob(kind: "copy" | "compare", start: bigint): Promise<JobState>;
  /**
   * Drops and creates the destination's tables as planned. `seenThere`: the newest timestamp that the destination showed when this was decided.
   * @throws AppError `stale` when more would be dropped than planned, `conflict` when it shows a newer one by now: somebody works there
   */
  setUp(seenThere: bigint): Promise<void>;
  /**
   * Raises the destination's sequence above X and all that the destination holds, and takes S and C from it, as `lib/mover/start.ts` says.
   * @throws AppError, AdapterError as there
   */
  takeStart(x: bigint): Promise<StartPair>;
  /** Puts the commit of `start`, if there is none, and proves it. @throws AppError `conflict` when another stands there */
  commitStart(start: bigint, commit: bigint): Promise<void>;
  /** Opens the ledger of the copy, or finds it there. The workers cut its plan and work it off. */
  startCopy(start: bigint): Promise<void>;
  /** Opens the ledger of a comparison, or finds it there; one that came to an end before is not used again. */
  startComparison(start: bigint): Promise<void>;
  /**
   * Works on the newest job of a kind at this start with this process's lanes, until nothing is left to do here; cuts its plan where nobody has.
   * @throws AdapterError
   */
  work(
    kind: "copy" | "compare",
    start: bigint,
    by: { readonly worker: string; readonly signal: AbortSignal; readonly versions?: "newest" | undefined },
  ): Promise<void>;
  /** Removes what the copy at this start kept beside the data, once nobody will go on with it. @throws AdapterError */
  forget(start: bigint): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** `short`: for what is decided on within seconds, so that a node that hangs does not hide the others. `long`: outlasts the loss of a quorum. */
export type Patience = "short" | "long";

/** The systems as the inventory describes them. */
export const inventorySystems: Systems = {
  openStore: async (storeId, patience) =>
    openStore(storeId, patience === "short" ? STORE_PAGE_PATIENCE : undefined),
  openTimelock: async (clusterId, patience) =>
    openTimelock(clusterId, patience === "short" ? PAGE_PATIENCE : undefined),
  openMove: async (targets) => openInventoryMove(targets),
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
