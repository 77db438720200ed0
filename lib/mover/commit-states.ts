/** What a reader at S makes of a transaction. `UNKNOWN` is "not looked up yet", never a verdict. */
export const UNKNOWN = 0;
/** Committed at or below S. */
export const VISIBLE = 1;
/** Rolled back. */
export const ROLLED_BACK = 2;
/** Without an entry: in progress, or its writer died. */
export const UNCOMMITTED = 3;
/** Committed, but above S. */
export const COMMITTED_LATER = 4;

/** Slots are at most three quarters full, and twice as many as entries on average. */
const SLOTS_PER_ENTRY = 2;

/** Two 32-bit halves into a slot. Starts are dense and often multiples of something, so both halves are stirred. */
function slotOf(high: number, low: number, mask: number): number {
  let mixed = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d) ^ Math.imul(high, 0x297a2d39);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) & mask;
}

/** One fixed table with open addressing: 9 bytes a slot, no object an entry. */
class Generation {
  readonly #highs: Int32Array;
  readonly #lows: Int32Array;
  readonly #states: Uint8Array;
  readonly #mask: number;
  size = 0;

  constructor(slots: number) {
    this.#highs = new Int32Array(slots);
    this.#lows = new Int32Array(slots);
    this.#states = new Uint8Array(slots);
    this.#mask = slots - 1;
  }

  get(high: number, low: number): number {
    let slot = slotOf(high, low, this.#mask);
    for (;;) {
      const state = this.#states[slot] ?? UNKNOWN;
      if (state === UNKNOWN || (this.#lows[slot] === low && this.#highs[slot] === high)) return state;
      slot = (slot + 1) & this.#mask;
    }
  }

  set(high: number, low: number, state: number): void {
    let slot = slotOf(high, low, this.#mask);
    while (this.#states[slot] !== UNKNOWN) {
      if (this.#lows[slot] === low && this.#highs[slot] === high) break;
      slot = (slot + 1) & this.#mask;
    }
    if (this.#states[slot] === UNKNOWN) this.size += 1;
    this.#highs[slot] = high;
    this.#lows[slot] = low;
    this.#states[slot] = state;
  }
}

/**
 * Remembers what became of transactions, by the two halves of their start timestamp, in bounded memory: the newest `entriesMax` entries
 * for certain, and at most twice as many. `UNKNOWN` for all others.
 */
export class CommitStates {
  readonly #entriesMax: number;
  readonly #slots: number;
  #current: Generation;
  #previous: Generation;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
    this.#slots = 1 << Math.ceil(Math.log2(entriesMax * SLOTS_PER_ENTRY));
    this.#current = new Generation(this.#slots);
    this.#previous = new Generation(2);
  }

  /** The state of the transaction with this start. */
  get(high: number, low: number): number {
    const state = this.#current.get(high, low);
    if (state !== UNKNOWN) return state;
    const older = this.#previous.get(high, low);
    if (older !== UNKNOWN) this.set(high, low, older);
    return older;
  }

  /** Remembers one; never `UNKNOWN`. */
  set(high: number, low: number, state: number): void {
    if (this.#current.size >= this.#entriesMax) {
      this.#previous = this.#current;
      this.#current = new Generation(this.#slots);
    }
    this.#current.set(high, low, state);
  }
}
