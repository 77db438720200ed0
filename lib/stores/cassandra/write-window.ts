/** Requests in flight at first, at least and at most. */
const START = 64;
const FLOOR = 8;
const CEILING = 512;

/** While answers are steady the window grows by this much, this often. */
const GROWTH = 8;
const GROWTH_EVERY_MS = 100;

/** What is left of the window when the server is behind. */
const CUT = 0.7;

/** Answers slower than so many times the usual mean that the server is behind. */
const SLOW = 3;

/** Answers from which a slow tail is read. */
const SAMPLE = 200;

/**
 * How many requests may be in flight: grows while the server keeps up, shrinks when it times out, refuses, or answers much slower than it
 * did. Times in milliseconds of the caller's clock. Source: throughput, section 5 (BACKPRESSURE)
 */
export class WriteWindow {
  #limit = START;
  #latencies: number[] = [];
  #usual: number | null = null;
  #changedAt: number;

  constructor(now: number) {
    this.#changedAt = now;
  }

  /** Requests that may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** A request was answered after so long. */
  answered(latencyMs: number, now: number): void {
    this.#latencies.push(latencyMs);
    if (this.#latencies.length >= SAMPLE) this.#judge(now);
  }

  /** A request timed out or was refused for load. */
  refused(now: number): void {
    this.#shrink(now);
    this.#latencies = [];
  }

  #judge(now: number): void {
    const tail = tailOf(this.#latencies);
    this.#latencies = [];
    const usual = this.#usual === null ? tail : Math.min(this.#usual * 1.02, tail);
    this.#usual = Math.max(1, usual);
    if (tail > SLOW * this.#usual) this.#shrink(now);
    else if (now - this.#changedAt >= GROWTH_EVERY_MS) {
      this.#limit = Math.min(CEILING, this.#limit + GROWTH);
      this.#changedAt = now;
    }
  }

  #shrink(now: number): void {
    // What was sent before the last cut tells nothing about it.
    if (now - this.#changedAt < GROWTH_EVERY_MS) return;
    this.#limit = Math.max(FLOOR, this.#limit * CUT);
    this.#changedAt = now;
  }
}

/** The 99th of a hundred. */
function tailOf(latencies: readonly number[]): number {
  return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? 0;
}
