import { AdapterError } from "#lib/errors.ts";
import type { ShardLease } from "#lib/mover/ledger.ts";

/** Claims of one range in a row without a chunk in between. */
export const IDLE_CLAIMS_MAX = 5;

/**
 * Counts how often this process took a range and brought it no further, so that it is not taken for ever: by work that ends without an end, a
 * record that does not stick, or two workers that take it from each other.
 */
export class IdleClaims {
  readonly #claims = new Map<number, { readonly sequence: number; readonly count: number }>();
  #movedAt = performance.now();

  /** The range is taken. @throws AdapterError code `no-progress` when it was taken too often; the count starts again then */
  claimed({ shard, checkpoint }: ShardLease): void {
    const sequence = checkpoint?.sequence ?? 0;
    const before = this.#claims.get(shard.id);
    const count = before?.sequence === sequence ? before.count + 1 : 1;
    this.#claims.set(shard.id, { sequence, count });
    if (count <= IDLE_CLAIMS_MAX) return;
    this.#claims.delete(shard.id);
    throw new AdapterError(
      "no-progress",
      "none",
      `This range of ${shard.table} was taken up ${IDLE_CLAIMS_MAX} times in a row without getting any further, so it is left alone. What was recorded as copied is intact. Look whether two workers have one name or the clocks of their machines differ, then retry it.`,
    );
  }

  /** The range got further, or was given back because a person asked for it. */
  moved({ shard }: ShardLease): void {
    this.#movedAt = performance.now();
    this.#claims.delete(shard.id);
  }

  /** Milliseconds since any range of this process got further. */
  stillForMs(): number {
    return performance.now() - this.#movedAt;
  }
}
