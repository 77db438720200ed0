import type { EmbeddedBound } from "#lib/sandbox/embedded-bound.ts";
import { serially } from "#lib/sandbox/serially.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

/** Where a simulated service gets its timestamps; each call gives a new one, and calls may overlap. */
export interface TimestampSource {
  fresh(): Promise<bigint>;
}

/**
 * Embedded timestamps: values up to the bound are issued from memory, and the bound is raised to the value plus 1,000,000 before the
 * first value above it is given out. Source: TSI`PersistentUpperLimit.java`, `PersistentTimestamp.java`
 */
export async function embeddedTimestamps(bound: EmbeddedBound): Promise<TimestampSource> {
  let limit = await bound.read();
  let last = limit;
  const inTurn = serially();
  const next = async () => {
    const value = last + 1n;
    if (value > limit) {
      await bound.write(value + ALLOCATION_BUFFER);
      limit = value + ALLOCATION_BUFFER;
    }
    last = value;
    return value;
  };
  return { fresh: async () => inTurn(next) };
}
