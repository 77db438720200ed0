import { ALLOCATION_BUFFER, LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

/** Why a counter did not do what it was asked; each becomes one HTTP status. */
export type CounterRefusal = "illegal-argument" | "overflow" | "bound-not-stored";

/** A range of timestamps, both ends inclusive. */
export type TimestampRange = { readonly first: bigint; readonly last: bigint };

/** Timestamps of one namespace in the memory of its leader, as AtlasDB's `PersistentTimestamp` keeps them. */
export type PersistentCounter = {
  /** Issues at most 10,000 timestamps, fewer than asked without a word. */
  fresh(count: bigint): TimestampRange | CounterRefusal;
  /** Raises the counter; null when done. Near Long.MAX the counter moves although nothing can be stored: the namespace is poisoned. */
  fastForward(to: bigint): CounterRefusal | null;
};

const COUNT_MAX = 10_000n;

/**
 * Starts a counter at its stored bound. `store` persists a higher bound before any value above the old one leaves, and says whether it
 * could. Source: timestamp-impl PersistentTimestamp.java, PersistentUpperLimit.java, AtomicTimestamp.java, PersistentTimestampServiceImpl.java
 */
export function createPersistentCounter(
  storedBound: bigint,
  store: (bound: bigint) => boolean,
): PersistentCounter {
  let counter = storedBound;
  let limit = storedBound;

  function raiseLimit(atLeast: bigint): CounterRefusal | null {
    if (atLeast <= limit) return null;
    const next = atLeast + ALLOCATION_BUFFER;
    if (next > LONG_MAX) return "overflow";
    if (!store(next)) return "bound-not-stored";
    limit = next;
    return null;
  }

  return {
    fresh(count) {
      if (count <= 0n) return "illegal-argument";
      const last = counter + (count < COUNT_MAX ? count : COUNT_MAX);
      if (last > LONG_MAX) return "overflow";
      const first = counter + 1n;
      counter = last;
      return raiseLimit(last) ?? { first, last };
    },
    fastForward(to) {
      if (to === LONG_MIN) return "illegal-argument";
      if (to > counter) counter = to;
      return raiseLimit(to);
    },
  };
}
