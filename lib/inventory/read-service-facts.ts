import { AdapterError, AppError } from "#lib/errors.ts";
import { openStore, STORE_PAGE_PATIENCE } from "#lib/inventory/open-store.ts";
import { openTimelock, PAGE_PATIENCE } from "#lib/inventory/open-timelock.ts";
import type { BoundReading, PunchReading } from "#lib/stores/schema.ts";
import type { ClusterHealth, LearnedBound } from "#lib/timelock/timelock.ts";

/** A reading, or why there is none. */
export type Tried<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** What a service's store says now. */
export type StoreReadings = { readonly bound: Tried<BoundReading>; readonly punch: Tried<PunchReading> };

/** What a service's namespace says now. */
export type NamespaceReadings = {
  readonly health: Tried<ClusterHealth>;
  readonly learned: Tried<LearnedBound>;
};

/** Reads bound and newest punch of a store. Never throws for what the store does: that is a reason. */
export async function readStoreFacts(storeId: string): Promise<StoreReadings> {
  const store = await tried(async () => openStore(storeId, STORE_PAGE_PATIENCE));
  if (!store.ok) return { bound: store, punch: store };
  const [bound, punch] = await Promise.all([
    tried(async () => store.value.readBound()),
    tried(async () => store.value.readPunch()),
  ]);
  return { bound, punch };
}

/**
 * Reads health and persisted bound of a namespace. Allocates nothing and creates nothing: the namespace is pinged only where a node
 * has it stored. Never throws for what TimeLock does.
 */
export async function readNamespaceFacts(clusterId: string, namespace: string): Promise<NamespaceReadings> {
  const opened = await tried(async () => openTimelock(clusterId, PAGE_PATIENCE));
  if (!opened.ok) return { health: opened, learned: opened };
  const timelock = opened.value;
  try {
    const [health, learned] = await Promise.all([
      tried(async () => timelock.health(namespace)),
      tried(async () => timelock.learnedBound(namespace)),
    ]);
    return { health, learned };
  } finally {
    await timelock.close();
  }
}

async function tried<T>(read: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    if (error instanceof AdapterError || error instanceof AppError)
      return { ok: false, reason: error.message };
    throw error;
  }
}
