import type { CellCursor } from "#lib/mover/cell-block.ts";

/** The cell and timestamp read last: offsets into its block, and a copy when that block is gone. */
export class PreviousCell {
  isSet = false;
  #bytes: Buffer = Buffer.alloc(0);
  #row = 0;
  #rowEnd = 0;
  #column = 0;
  #columnEnd = 0;
  #high = 0;
  #low = 0;

  /** Takes the cursor's place. */
  set(cursor: CellCursor): void {
    this.isSet = true;
    this.#bytes = cursor.bytes;
    this.#row = cursor.rowStart;
    this.#rowEnd = cursor.rowEnd;
    this.#column = cursor.columnStart;
    this.#columnEnd = cursor.columnEnd;
    this.#high = cursor.timestampHigh;
    this.#low = cursor.timestampLow;
  }

  /** Makes itself independent of the block. */
  keep(): void {
    if (!this.isSet) return;
    const row = this.#bytes.subarray(this.#row, this.#rowEnd);
    const column = this.#bytes.subarray(this.#column, this.#columnEnd);
    this.#bytes = Buffer.concat([row, column]);
    this.#row = 0;
    this.#rowEnd = row.length;
    this.#column = row.length;
    this.#columnEnd = this.#bytes.length;
  }

  /** Positive: a later cell. Zero: an older version of the same cell. Negative: neither, so out of order. */
  compare(cursor: CellCursor): number {
    if (!this.isSet) return 1;
    const rows = compareSpans(
      cursor.bytes,
      cursor.rowStart,
      cursor.rowEnd,
      this.#bytes,
      this.#row,
      this.#rowEnd,
    );
    if (rows !== 0) return rows;
    const columns = compareSpans(
      cursor.bytes,
      cursor.columnStart,
      cursor.columnEnd,
      this.#bytes,
      this.#column,
      this.#columnEnd,
    );
    if (columns !== 0) return columns;
    const high = cursor.timestampHigh;
    const isOlder = high < this.#high || (high === this.#high && cursor.timestampLow >>> 0 < this.#low >>> 0);
    return isOlder ? 0 : -1;
  }
}

/** As `compareBytes`, on parts of buffers and without making views of them. */
export function compareSpans(
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
): number {
  const aLength = aEnd - aStart;
  const bLength = bEnd - bStart;
  const shared = aLength < bLength ? aLength : bLength;
  for (let index = 0; index < shared; index += 1) {
    const difference = (a[aStart + index] as number) - (b[bStart + index] as number);
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}
