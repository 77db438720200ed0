import { setImmediate as yielding } from "node:timers/promises";

import { compareSpans } from "#lib/mover/previous-cell.ts";

/** Keys merged before other work gets its turn: some milliseconds. */
const MERGED_AT_ONCE = 20_000;

/** Keys in unsigned byte order, end to end in one buffer: a few bytes a key beside the key's own. */
export class SortedKeys {
  readonly #bytes: Buffer;
  /** Where each key starts, and the end of the last. */
  readonly #offsets: Uint32Array;

  constructor(bytes: Buffer, offsets: Uint32Array) {
    this.#bytes = bytes;
    this.#offsets = offsets;
  }

  /** Of any keys; meant for a few thousand at a time. */
  static of(keys: readonly Buffer[]): SortedKeys {
    const sorted = keys.toSorted((a, b) => Buffer.compare(a, b));
    const offsets = new Uint32Array(sorted.length + 1);
    let end = 0;
    for (const [index, key] of sorted.entries()) {
      end += key.length;
      offsets[index + 1] = end;
    }
    return new SortedKeys(Buffer.concat(sorted), offsets);
  }

  /** How many. */
  get length(): number {
    return this.#offsets.length - 1;
  }

  /** Bytes of all keys. */
  get byteLength(): number {
    return this.#bytes.length;
  }

  /** A view on one. */
  at(index: number): Buffer {
    return this.#bytes.subarray(this.#offsets[index] ?? 0, this.#offsets[index + 1] ?? 0);
  }

  /** The first index whose key is at or behind `key`; `length` where there is none. */
  firstFrom(key: Buffer): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.at(middle), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Both together, without holding up other work. No key may be in both. */
  async merged(other: SortedKeys): Promise<SortedKeys> {
    const bytes = Buffer.allocUnsafeSlow(this.byteLength + other.byteLength);
    const offsets = new Uint32Array(this.length + other.length + 1);
    let [left, right, at] = [0, 0, 0];
    for (let index = 0; index < offsets.length - 1; index += 1) {
      const takesLeft =
        right >= other.length || (left < this.length && this.#compare(left, other, right) < 0);
      at += takesLeft ? this.#copy(left, bytes, at) : other.#copy(right, bytes, at);
      offsets[index + 1] = at;
      if (takesLeft) left += 1;
      else right += 1;
      if (index % MERGED_AT_ONCE === MERGED_AT_ONCE - 1) await yielding();
    }
    return new SortedKeys(bytes, offsets);
  }

  #compare(index: number, other: SortedKeys, at: number): number {
    const [mine, theirs] = [this.#offsets, other.#offsets];
    return compareSpans(
      this.#bytes,
      mine[index] ?? 0,
      mine[index + 1] ?? 0,
      other.#bytes,
      theirs[at] ?? 0,
      theirs[at + 1] ?? 0,
    );
  }

  #copy(index: number, into: Buffer, at: number): number {
    return this.#bytes.copy(into, at, this.#offsets[index] ?? 0, this.#offsets[index + 1] ?? 0);
  }
}

/** Sorts keys that come in batches: each new run is merged with those of its own size, so that every key is moved only a few times. */
export class KeySorter {
  #runs: SortedKeys[] = [];

  /** Keys and bytes so far. */
  get size(): { readonly keys: number; readonly bytes: number } {
    return {
      keys: this.#runs.reduce((sum, run) => sum + run.length, 0),
      bytes: this.#runs.reduce((sum, run) => sum + run.byteLength, 0),
    };
  }

  /** Takes a batch. */
  async add(keys: readonly Buffer[]): Promise<void> {
    let run = SortedKeys.of(keys);
    for (
      let last = this.#runs.at(-1);
      last !== undefined && last.length < 2 * run.length;
      last = this.#runs.at(-1)
    ) {
      this.#runs.pop();
      run = await last.merged(run);
    }
    this.#runs.push(run);
  }

  /** All of them. */
  async finish(): Promise<SortedKeys> {
    let all = SortedKeys.of([]);
    for (const run of this.#runs.toReversed()) all = await run.merged(all);
    this.#runs = [all];
    return all;
  }
}
