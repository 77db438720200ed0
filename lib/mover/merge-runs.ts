import { CellCursor, type CellBlock } from "#lib/mover/cell-block.ts";
import type { CellKey, KeyRange } from "#lib/mover/key-range.ts";
import { compareSpans } from "#lib/mover/previous-cell.ts";
import { readRun, type SortedRun } from "#lib/mover/spool-file.ts";
import { compareRecords } from "#lib/mover/spool-run.ts";

/** Called with each record in order, as a place in a buffer; true asks for a pause. */
export type OnRecord = (bytes: Buffer, start: number, end: number) => boolean;

/**
 * Gives the records of all runs in one order: by row, column, and the newer version first. Yields whenever `onRecord` asked for it.
 * Holds one block of each run in memory.
 */
export async function* mergeRuns(
  runs: readonly SortedRun[],
  range: KeyRange,
  onRecord: OnRecord,
): AsyncGenerator<void, void, undefined> {
  const heap = new RunHeap();
  const readers = runs.map((run) => new RunReader(run, range));
  for (const reader of readers) if (await reader.load()) heap.push(reader);
  for (let reader = heap.top; reader !== null; reader = heap.top) {
    const { cursor } = reader;
    if (onRecord(cursor.bytes, cursor.start, cursor.end)) yield;
    if (reader.step() || (await reader.load())) heap.sink();
    else heap.pop();
  }
}

/** One run with a cursor on the record that is next. */
class RunReader {
  readonly cursor = new CellCursor();
  readonly #blocks: AsyncGenerator<CellBlock, void, undefined>;
  readonly #from: CellKey | null;
  readonly #to: CellKey | null;
  #begun = false;
  #ended = false;

  constructor(run: SortedRun, { from, to }: KeyRange) {
    this.#from = from;
    this.#to = to;
    this.#blocks = readRun(run, from, to);
  }

  /** Moves on within the block; false where it ends. */
  step(): boolean {
    if (this.#ended || !this.cursor.next()) return false;
    this.#ended = this.#to !== null && compareToKey(this.cursor, this.#to) >= 0;
    return !this.#ended;
  }

  /** Moves on to the next block's first record of the range; false when there is none. */
  async load(): Promise<boolean> {
    while (!this.#ended) {
      const { done, value } = await this.#blocks.next();
      if (done === true) return false;
      this.cursor.reset(value);
      for (let found = this.step(); found; found = this.step()) {
        this.#begun ||= this.#from === null || compareToKey(this.cursor, this.#from) >= 0;
        if (this.#begun) return true;
      }
    }
    return false;
  }
}

function compareToKey(cursor: CellCursor, { row, column }: CellKey): number {
  return (
    compareSpans(cursor.bytes, cursor.rowStart, cursor.rowEnd, row, 0, row.length) ||
    compareSpans(cursor.bytes, cursor.columnStart, cursor.columnEnd, column, 0, column.length)
  );
}

/** A binary heap: the reader with the least record on top. */
class RunHeap {
  readonly #items: RunReader[] = [];

  get top(): RunReader | null {
    return this.#items[0] ?? null;
  }

  push(reader: RunReader): void {
    const items = this.#items;
    let at = items.length;
    items.push(reader);
    for (; at > 0; at = (at - 1) >>> 1) {
      const above = items[(at - 1) >>> 1];
      if (above === undefined || compareRecords(above.cursor, reader.cursor) <= 0) break;
      items[at] = above;
    }
    items[at] = reader;
  }

  /** The top has moved on. */
  sink(): void {
    const items = this.#items;
    const reader = items[0];
    if (reader === undefined) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = items[below];
      const right = items[below + 1];
      if (left === undefined) break;
      let least = left;
      if (right !== undefined && compareRecords(right.cursor, left.cursor) < 0) {
        least = right;
        below += 1;
      }
      if (compareRecords(reader.cursor, least.cursor) <= 0) break;
      items[at] = least;
      at = below;
    }
    items[at] = reader;
  }

  pop(): void {
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return;
    this.#items[0] = last;
    this.sink();
  }
}
