import type { OrderFault } from "#lib/rehearsal/schema.ts";
import type { TimestampSource } from "#lib/sandbox/timestamp-source.ts";

/** What is remembered of a service's timestamps across restarts. */
export type IssuedTotals = {
  readonly count: number;
  readonly highest: bigint | null;
  readonly faultCount: number;
  readonly faults: readonly OrderFault[];
};

/** Nothing issued yet. */
export const NOTHING_ISSUED: IssuedTotals = { count: 0, highest: null, faultCount: 0, faults: [] };

/**
 * Every timestamp that one service ever worked with, whoever issued it, held against the one rule of the product: each is larger than
 * every earlier one. Knows nothing of how they are issued, so it judges embedded timestamps, TimeLock and migrations alike.
 */
export interface IssuedLog {
  totals(): IssuedTotals;
  last(): bigint | null;
  /** The newest timestamps, oldest first, at most 10,000. */
  recent(): readonly bigint[];
  /** A source that gives what `source` gives, and records it. */
  watch(source: TimestampSource): TimestampSource;
}

const RECENT_MAX = 10_000;
const FAULTS_KEPT_MAX = 20;

/** A log that goes on from `before`. */
export function issuedLog(before: IssuedTotals, now: () => Date): IssuedLog {
  let totals = before;
  let last: bigint | null = null;
  let recent: bigint[] = [];
  const record = (timestamp: bigint) => {
    const { highest } = totals;
    const backwards = highest !== null && timestamp <= highest;
    const fault = backwards
      ? [{ at: now().toISOString(), issued: timestamp.toString(), highestBefore: highest.toString() }]
      : [];
    totals = {
      count: totals.count + 1,
      highest: backwards ? highest : timestamp,
      faultCount: totals.faultCount + fault.length,
      faults: [...totals.faults, ...fault].slice(-FAULTS_KEPT_MAX),
    };
    last = timestamp;
    recent.push(timestamp);
    if (recent.length > 2 * RECENT_MAX) recent = recent.slice(-RECENT_MAX);
  };
  return {
    totals: () => totals,
    last: () => last,
    recent: () => recent.slice(-RECENT_MAX),
    watch: (source) => ({
      fresh: async () => {
        const timestamp = await source.fresh();
        record(timestamp);
        return timestamp;
      },
    }),
  };
}
