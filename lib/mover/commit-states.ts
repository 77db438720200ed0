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

/** Slots of the smallest table; it doubles whenever more than half of them are taken. */
const FIRST_SLOTS = 1_024;

/** Two 32-bit halves into a slot. Starts are dense and often multiples of something, so both halves are stirred. */
function slotOf(high: number, low: number, mask: number): number {
  let mixed = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d) ^ Math.imul(high, 0x297a2d39);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) & mask;
}

/** One table with open addressing: 9 bytes a slot, no object an entry. */
class Generation {
  #highs: Int32Array;
  #lows: Int32Array;
  #states: Uint8Array;
  #mask: number;
  size = 0;

  /** With room for so many entries before it has to grow. */
  constructor(entries: number) {
    const slots = Math.max(FIRST_SLOTS, 2 ** Math.ceil(Math.log2(2 * entries + 1)));
    this.#highs = new Int32Array(slots);
    this.#lows = new Int32Array(slots);
    this.#states = new Uint8Array(slots);
    this.#mask = slots - 1;
  }

  get(high: number, low: number): number {
    return this.#states[this.#find(high, low)] ?? UNKNOWN;
  }

  set(high: number, low: number, state: number): void {
    if (this.size * 2 > this.#mask) this.#grow();
    const slot = this.#find(high, low);
    if (this.#states[slot] === UNKNOWN) this.size += 1;
    this.#highs[slot] = high;
    this.#lows[slot] = low;
    this.#states[slot] = state;
  }

  /** The entry's slot, or the free one where it belongs. */
  #find(high: number, low: number): number {
    let slot = slotOf(high, low, this.#mask);
    while (this.#states[slot] !== UNKNOWN) {
      if (this.#lows[slot] === low && this.#highs[slot] === high) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const [highs, lows, states] = [this.#highs, this.#lows, this.#states];
    const slots = states.length * 2;
    this.#highs = new Int32Array(slots);
    this.#lows = new Int32Array(slots);
    this.#states = new Uint8Array(slots);
    this.#mask = slots - 1;
    for (const [old, state] of states.entries()) {
      if (state === UNKNOWN) continue;
      const high = highs[old] ?? 0;
      const low = lows[old] ?? 0;
      const slot = this.#find(high, low);
      this.#highs[slot] = high;
      this.#lows[slot] = low;
      this.#states[slot] = state;
    }
  }
}

/**
 * Remembers what became of transactions, by the two halves of their start timestamp, in bounded memory: the newest `entriesMax` entries
 * for certain, and at most twice as many. `UNKNOWN` for all others.
 */
export class CommitStates {
  readonly #entriesMax: number;
  #current: Generation;
  #previous = new Generation(0);

  /** `expected` entries are made room for at once: a table that grows while it is filled takes half as much again for a while. */
  constructor(entriesMax: number, expected = 0) {
    this.#entriesMax = entriesMax;
    this.#current = new Generation(Math.min(expected, entriesMax));
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
      this.#current = new Generation(0);
    }
    this.#current.set(high, low, state);
  }
}
