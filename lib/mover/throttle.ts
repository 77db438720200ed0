import { setTimeout as sleep } from "node:timers/promises";

import type { CellBlock } from "#lib/mover/cell-block.ts";

/** A limit per second; null is none. */
export type Rates = { readonly cellsPerSecond: number | null; readonly bytesPerSecond: number | null };

/**
 * Holds the lanes of one process to a rate together: each take pushes the time at which the next may go, so that the rate holds over any
 * second and nothing saved up is spent in a burst. Limits may change at any time.
 */
export class Throttle {
  readonly #now: () => number;
  #rates: Rates = { cellsPerSecond: null, bytesPerSecond: null };
  #freeAt = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Changes the limits, from the next take on; what is already owed under the old ones is forgotten. */
  setRates(rates: Rates): void {
    const same =
      rates.cellsPerSecond === this.#rates.cellsPerSecond &&
      rates.bytesPerSecond === this.#rates.bytesPerSecond;
    if (same) return;
    this.#rates = rates;
    this.#freeAt = 0;
  }

  /** Milliseconds to wait before this much may go; counts it as gone. */
  reserve(cells: number, bytes: number): number {
    const now = this.#now();
    const cost = Math.max(
      costOf(cells, this.#rates.cellsPerSecond),
      costOf(bytes, this.#rates.bytesPerSecond),
    );
    const goesAt = Math.max(now, this.#freeAt);
    this.#freeAt = goesAt + cost;
    return goesAt - now;
  }

  /** Waits until this much may go, and gives the milliseconds waited. Ends early, without an error, when the signal fires. */
  async take(cells: number, bytes: number, signal?: AbortSignal): Promise<number> {
    const delayMs = this.reserve(cells, bytes);
    if (delayMs > 0) await pause(delayMs, signal);
    return delayMs;
  }
}

function costOf(amount: number, perSecond: number | null): number {
  return perSecond === null ? 0 : (amount / perSecond) * 1_000;
}

/** Sleeps; a signal ends it early and without an error. */
export async function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** Blocks at the throttle's pace; `waited` hears the milliseconds of each wait. A signal ends the waits, not the blocks. */
export async function* throttled(
  blocks: AsyncIterable<CellBlock>,
  throttle: Throttle,
  signal: AbortSignal,
  waited: (ms: number) => void,
): AsyncGenerator<CellBlock> {
  for await (const block of blocks) {
    waited(await throttle.take(block.count, block.bytes.length, signal));
    yield block;
  }
}
