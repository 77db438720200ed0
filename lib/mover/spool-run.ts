import { setImmediate as yielding } from "node:timers/promises";

import { type CellBlock, CellBlockBuilder, CellCursor } from "#lib/mover/cell-block.ts";
import { compareSpans } from "#lib/mover/previous-cell.ts";

/** Records put in order before other work gets its turn: some milliseconds. */
const SORTED_AT_ONCE = 8_192;

/** Negative, zero or positive: by row, then by column, then the newer version first. */
export function compareRecords(a: CellCursor, b: CellCursor): number {
  const rows = compareSpans(a.bytes, a.rowStart, a.rowEnd, b.bytes, b.rowStart, b.rowEnd);
  if (rows !== 0) return rows;
  const columns = compareSpans(a.bytes, a.columnStart, a.columnEnd, b.bytes, b.columnStart, b.columnEnd);
  if (columns !== 0) return columns;
  const high = b.timestampHigh - a.timestampHigh;
  return high === 0 ? (b.timestampLow >>> 0) - (a.timestampLow >>> 0) : high;
}

/**
 * Collects versions in any order of rows and gives them sorted. The versions of a row that come one after the other in a block are moved as
 * one piece, so they must come in order among themselves, which is how Cassandra reads them.
 */
export class SpoolRun {
  readonly #builder: CellBlockBuilder;
  readonly #cursor = new CellCursor();
  /** Where each piece starts. */
  readonly #starts: number[] = [];

  constructor(initialBytes: number) {
    this.#builder = new CellBlockBuilder(initialBytes);
  }

  /** Bytes collected. */
  get byteLength(): number {
    return this.#builder.byteLength;
  }

  /** Takes a block. */
  add(block: CellBlock): void {
    const base = this.#builder.byteLength;
    const cursor = this.#cursor;
    let [rowStart, rowEnd] = [0, 0];
    cursor.reset(block);
    while (cursor.next()) {
      const { bytes } = cursor;
      const isSame =
        cursor.start > 0 &&
        compareSpans(bytes, rowStart, rowEnd, bytes, cursor.rowStart, cursor.rowEnd) === 0;
      if (!isSame) this.#starts.push(base + cursor.start);
      ({ rowStart, rowEnd } = cursor);
    }
    this.#builder.addRecords(block.bytes, 0, block.bytes.length, block.count);
  }

  /** All records in order, as parts of one buffer; the run is used up. Lets other work have its turn. */
  async sorted(): Promise<readonly Buffer[]> {
    const { bytes } = this.#builder.take();
    const [pieces, starts] = [this.#starts.length, this.#starts];
    const keys = new Float64Array(pieces);
    for (let index = 0; index < pieces; index += 1) keys[index] = prefixOf(bytes, starts[index] ?? 0);
    const [left, right] = [new CellCursor(), new CellCursor()];
    const compare = (a: number, b: number) =>
      (keys[a] ?? 0) - (keys[b] ?? 0) ||
      compareRecords(at(left, bytes, starts[a] ?? 0), at(right, bytes, starts[b] ?? 0));
    const order = await sortSlowly(pieces, compare);
    return Array.from(order, (piece) =>
      bytes.subarray(starts[piece] ?? 0, starts[piece + 1] ?? bytes.length),
    );
  }
}

/** The first six bytes of the row as a number, which tells most rows apart. */
function prefixOf(bytes: Buffer, start: number): number {
  const length = bytes.readInt32BE(start + 2);
  let prefix = 0;
  for (let index = 0; index < 6; index += 1) {
    prefix = prefix * 256 + (index < length ? (bytes[start + 6 + index] ?? 0) : 0);
  }
  return prefix;
}

function at(cursor: CellCursor, bytes: Buffer, start: number): CellCursor {
  cursor.bytes = bytes;
  cursor.end = start;
  cursor.next();
  return cursor;
}

/** The numbers below `count` in the order of `compare`: parts are sorted one at a time, then merged. */
async function sortSlowly(count: number, compare: (a: number, b: number) => number): Promise<Uint32Array> {
  const numbers = Uint32Array.from({ length: count }, (_, index) => index);
  let parts: Uint32Array[] = [];
  for (let from = 0; from < count; from += SORTED_AT_ONCE) {
    parts.push(numbers.subarray(from, from + SORTED_AT_ONCE).toSorted(compare));
    await yielding();
  }
  while (parts.length > 1) {
    const merged: Uint32Array[] = [];
    for (let index = 0; index < parts.length; index += 2) {
      merged.push(merge(parts[index] ?? numbers, parts[index + 1] ?? new Uint32Array(), compare));
      await yielding();
    }
    parts = merged;
  }
  return parts[0] ?? numbers;
}

function merge(a: Uint32Array, b: Uint32Array, compare: (a: number, b: number) => number): Uint32Array {
  const out = new Uint32Array(a.length + b.length);
  let [left, right] = [0, 0];
  for (let index = 0; index < out.length; index += 1) {
    const takesLeft = right >= b.length || (left < a.length && compare(a[left] ?? 0, b[right] ?? 0) <= 0);
    out[index] = (takesLeft ? a[left] : b[right]) ?? 0;
    if (takesLeft) left += 1;
    else right += 1;
  }
  return out;
}
