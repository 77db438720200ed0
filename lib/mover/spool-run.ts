import { type CellBlock, CellCursor, int32At } from "#lib/mover/cell-block.ts";
import { compareSpans } from "#lib/mover/previous-cell.ts";

/** Pieces up to which comparing them one with another is as fast as anything. */
const FEW_PIECES = 16;

/** Memory of a run at first. */
const FIRST_BYTES = 65_536;

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
 * Collects versions in any order of rows and gives them sorted; its memory serves one run after the other. The versions of a row that come one
 * after the other in a block are moved as one piece, so they must come in order among themselves, which is how Cassandra reads them.
 */
export class SpoolRun {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  /** Where each piece starts, and behind the last one where it ends. */
  #starts = new Uint32Array(1_024);
  #count = 0;
  readonly #cursor = new CellCursor();
  readonly #others = [new CellCursor(), new CellCursor()] as const;

  /** Bytes collected. */
  get byteLength(): number {
    return this.#length;
  }

  /** The memory that the pieces stand in; another one after each `add`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Where a piece starts. */
  startOf(piece: number): number {
    return this.#starts[piece] ?? 0;
  }

  /** Where it ends. */
  endOf(piece: number): number {
    return this.#starts[piece + 1] ?? 0;
  }

  /** Takes a block; its memory is free afterwards. */
  add(block: CellBlock): void {
    const cursor = this.#cursor;
    let [rowStart, rowEnd] = [0, 0];
    cursor.reset(block);
    while (cursor.next()) {
      const { bytes } = cursor;
      const isSame =
        cursor.start > 0 &&
        compareSpans(bytes, rowStart, rowEnd, bytes, cursor.rowStart, cursor.rowEnd) === 0;
      if (!isSame) this.#begin(this.#length + cursor.start);
      ({ rowStart, rowEnd } = cursor);
    }
    this.#append(block.bytes);
  }

  #begin(start: number): void {
    if (this.#count + 2 > this.#starts.length) {
      const grown = new Uint32Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts[this.#count] = start;
    this.#count += 1;
  }

  #append(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, this.#length);
    this.#length = length;
    this.#starts[this.#count] = length;
  }

  /** Forgets everything. */
  clear(): void {
    this.#length = 0;
    this.#count = 0;
  }

  /** The pieces in the order of their records. */
  sorted(): Uint32Array {
    const pieces = new Uint32Array(this.#count);
    for (let index = 0; index < pieces.length; index += 1) pieces[index] = index;
    this.#sort(pieces);
    return pieces;
  }

  /**
   * By the bytes of the row behind those that all have in common, as numbers with the piece's place in their lowest bits: the platform sorts
   * numbers many times faster than it calls a comparison. Those that these bytes do not tell apart are sorted among themselves.
   */
  #sort(pieces: Uint32Array): void {
    if (pieces.length <= FEW_PIECES) {
      pieces.sort((a, b) => this.#compare(a, b));
      return;
    }
    const common = this.#commonBytes(pieces);
    const mask = 2 ** Math.ceil(Math.log2(pieces.length)) - 1;
    const keys = new BigUint64Array(pieces.length);
    // Typed arrays are little-endian on every platform that Node runs on.
    const halves = new Uint32Array(keys.buffer);
    for (let place = 0; place < pieces.length; place += 1) {
      const row = this.startOf(pieces[place] ?? 0) + 6;
      const end = row + int32At(this.#bytes, row - 4);
      halves[2 * place + 1] = this.#word(row + common, end);
      halves[2 * place] = (this.#word(row + common + 4, end) & ~mask) | place;
    }
    keys.sort();
    const before = pieces.slice();
    for (let from = 0, to = 0; from < pieces.length; from = to) {
      for (; to < pieces.length && isTied(halves, from, to, mask); to += 1) {
        pieces[to] = before[(halves[2 * to] ?? 0) & mask] ?? 0;
      }
      // Rows that differ in nothing but zeros at their ends, or not at all: more of their bytes would not help.
      if (to - from === pieces.length) pieces.sort((a, b) => this.#compare(a, b));
      else if (to - from > 1) this.#sort(pieces.subarray(from, to));
    }
  }

  /** How many bytes all these rows begin with. */
  #commonBytes(pieces: Uint32Array): number {
    const bytes = this.#bytes;
    const first = this.startOf(pieces[0] ?? 0) + 6;
    let common = int32At(bytes, first - 4);
    for (let index = 1; index < pieces.length; index += 1) {
      const row = this.startOf(pieces[index] ?? 0) + 6;
      common = Math.min(common, int32At(bytes, row - 4));
      let same = 0;
      while (same < common && bytes[first + same] === bytes[row + same]) same += 1;
      common = same;
    }
    return common;
  }

  /** Four bytes as a number; zeros behind the end. */
  #word(at: number, end: number): number {
    if (at + 4 <= end) return int32At(this.#bytes, at);
    let word = 0;
    for (let index = at; index < at + 4; index += 1) {
      word = word * 256 + (index < end ? (this.#bytes[index] ?? 0) : 0);
    }
    return word;
  }

  #compare(a: number, b: number): number {
    const [left, right] = this.#others;
    return compareRecords(at(left, this.#bytes, this.startOf(a)), at(right, this.#bytes, this.startOf(b)));
  }
}

/** Whether two sorted numbers are the same but for the place in their lowest bits. */
function isTied(halves: Uint32Array, one: number, other: number, mask: number): boolean {
  const differs = (halves[2 * one] ?? 0) ^ (halves[2 * other] ?? 0);
  return halves[2 * one + 1] === halves[2 * other + 1] && differs >>> 0 <= mask;
}

function at(cursor: CellCursor, bytes: Buffer, start: number): CellCursor {
  cursor.bytes = bytes;
  cursor.end = start;
  cursor.next();
  return cursor;
}
