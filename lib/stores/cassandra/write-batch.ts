import type { CellCursor } from "#lib/mover/cell-block.ts";
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

/** The parameters of one INSERT, as the driver sends them: nothing is encoded again. */
export type CellParams = readonly [key: Buffer, column1: Buffer, column2: Buffer, value: Buffer];

/** Cells that are written in one request. `bytes`: what they keep in memory. */
export type WriteBatch = { readonly cells: readonly CellParams[]; readonly bytes: number };

/**
 * Collects cells that come in key order into requests. With `spread`, cells of several rows may be in one: for clusters where rows that
 * follow one another are on the same nodes, so that one request costs those nodes as much as many, and the rest much less.
 */
export class BatchCollector {
  readonly #column2: Buffer;
  readonly #spread: boolean;
  #cells: CellParams[] = [];
  #bytes = 0;
  #rows = 0;

  /** `column2` is that of all cells. */
  constructor(column2: Buffer, spread: boolean) {
    this.#column2 = column2;
    this.#spread = spread;
  }

  /** Takes the cursor's cell; gives the batch before it when that one is complete. */
  add(cursor: CellCursor): WriteBatch | null {
    const size = cursor.end - cursor.start;
    const isNew = this.#isNewRow(cursor);
    const before = this.#cells.length > 0 && !this.#hasRoom(size, isNew) ? this.take() : null;
    if (isNew || before !== null) this.#rows += 1;
    this.#cells.push([cursor.row, cursor.column, this.#column2, cursor.value]);
    this.#bytes += size;
    return before;
  }

  /** Gives what was collected; null where that is nothing. */
  take(): WriteBatch | null {
    if (this.#cells.length === 0) return null;
    const batch = { cells: this.#cells, bytes: this.#bytes };
    this.#cells = [];
    this.#bytes = 0;
    this.#rows = 0;
    return batch;
  }

  #isNewRow({ bytes, rowStart, rowEnd }: CellCursor): boolean {
    const last = this.#cells.at(-1);
    return last === undefined || compareSpans(last[0], 0, last[0].length, bytes, rowStart, rowEnd) !== 0;
  }

  #hasRoom(size: number, isNew: boolean): boolean {
    const count = this.#cells.length + 1;
    const bytes = this.#bytes + size;
    if (this.#rows <= 1 && !isNew) return count <= ROW_CELLS_MAX && bytes <= ROW_BYTES_MAX;
    return this.#spread && count <= ROWS_CELLS_MAX && bytes + count * SERVER_BYTES <= ROWS_BYTES_MAX;
  }
}

/** A batch in two; for servers that refuse it as too large. Null where it holds one cell. */
export function halves({ cells, bytes }: WriteBatch): readonly [WriteBatch, WriteBatch] | null {
  if (cells.length < 2) return null;
  const middle = cells.length >>> 1;
  const half = Math.ceil(bytes / 2);
  return [
    { cells: cells.slice(0, middle), bytes: half },
    { cells: cells.slice(middle), bytes: half },
  ];
}
