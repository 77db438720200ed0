import { CellCursor } from "#lib/mover/cell-block.ts";
import { compareSpans } from "#lib/mover/previous-cell.ts";

/** Cells of one row in one request, and their bytes: far below what servers refuse (50 KB by default). */
const ROW_CELLS_MAX = 50;
const ROW_BYTES_MAX = 32 * 1_024;

/**
 * The same for cells of several rows. Servers count some bytes of their own for each, and log every batch of several rows above 5 KB.
 */
const ROWS_CELLS_MAX = 32;
const ROWS_BYTES_MAX = 4_096;
const SERVER_BYTES = 48;

/** Cells that are written in one request: `count` whole records of a block, without gaps. */
export type WriteBatch = { readonly bytes: Buffer; readonly count: number };

/**
 * Collects the cells of one block, which come in key order, into requests. With `spread`, cells of several rows may be in one: for clusters
 * where rows that follow one another are on the same nodes, so that one request costs those nodes as much as many, and the rest much less.
 */
export class BatchCollector {
  readonly #spread: boolean;
  #block: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #count = 0;
  #rows = 0;
  #rowStart = 0;
  #rowEnd = 0;

  constructor(spread: boolean) {
    this.#spread = spread;
  }

  /** Takes the cursor's cell; gives the batch before it when that one is complete. */
  add(cursor: CellCursor): WriteBatch | null {
    const size = cursor.end - cursor.start;
    const isNew = this.#isNewRow(cursor);
    const before = this.#count > 0 && !this.#hasRoom(size, isNew) ? this.take() : null;
    if (this.#count === 0) {
      this.#block = cursor.bytes;
      this.#start = cursor.start;
    }
    if (isNew || before !== null) this.#rows += 1;
    this.#rowStart = cursor.rowStart;
    this.#rowEnd = cursor.rowEnd;
    this.#end = cursor.end;
    this.#count += 1;
    return before;
  }

  /** Gives what was collected; null where that is nothing. To be called where a block ends. */
  take(): WriteBatch | null {
    if (this.#count === 0) return null;
    const batch = { bytes: this.#block.subarray(this.#start, this.#end), count: this.#count };
    this.#count = 0;
    this.#rows = 0;
    return batch;
  }

  #isNewRow({ bytes, rowStart, rowEnd }: CellCursor): boolean {
    return (
      this.#count === 0 ||
      compareSpans(this.#block, this.#rowStart, this.#rowEnd, bytes, rowStart, rowEnd) !== 0
    );
  }

  #hasRoom(size: number, isNew: boolean): boolean {
    const count = this.#count + 1;
    const bytes = this.#end - this.#start + size;
    if (this.#rows <= 1 && !isNew) return count <= ROW_CELLS_MAX && bytes <= ROW_BYTES_MAX;
    return this.#spread && count <= ROWS_CELLS_MAX && bytes + count * SERVER_BYTES <= ROWS_BYTES_MAX;
  }
}

/** The first cell of a batch. */
export function firstCell(batch: WriteBatch): CellCursor {
  const cursor = new CellCursor();
  cursor.reset(batch);
  cursor.next();
  return cursor;
}

/** A batch in two; for servers that refuse it as too large. Null where it holds one cell. */
export function halves({ bytes, count }: WriteBatch): readonly [WriteBatch, WriteBatch] | null {
  if (count < 2) return null;
  const middle = count >>> 1;
  const cursor = new CellCursor();
  cursor.reset({ bytes, count });
  for (let index = 0; index < middle; index += 1) cursor.next();
  return [
    { bytes: bytes.subarray(0, cursor.end), count: middle },
    { bytes: bytes.subarray(cursor.end), count: count - middle },
  ];
}
