import { AdapterError } from "#lib/errors.ts";
import { type CellBlock, type CellBlockBuilder, CellCursor } from "#lib/mover/cell-block.ts";
import {
  COMMITTED_LATER,
  type CommitStates,
  ROLLED_BACK,
  UNCOMMITTED,
  UNKNOWN,
  VISIBLE,
} from "#lib/mover/commit-states.ts";
import { type Counts, NO_COUNTS } from "#lib/mover/counts.ts";
import type { CellKey } from "#lib/mover/key-range.ts";
import { PreviousCell } from "#lib/mover/previous-cell.ts";

/** Why the filter stopped: the block is used up; a commit must be looked up; a new cell begins and the chunk was to end before it. */
export type FilterStop = "block-done" | "needs-commits" | "cell-boundary";

/**
 * What a transaction that starts at S reads, from versions in key order with the newest first: of each cell the newest version that is
 * committed at or below S and lies below S itself, if it has a value. Tombstones hide their cell; sentinels, uncommitted, aborted and later
 * versions are passed over; starts below 1 count as committed. What is given out bears S as its timestamp.
 * Holds one key in memory, whatever the number of versions. Source: atlasdb-facts F.2, F.7
 *
 * Use: `push` a block, then `advance` until it says "block-done"; on "needs-commits" have `unknownStarts` looked up, and on
 * "cell-boundary" take `key` and `counts` as the chunk's end; then advance again.
 */
export class LatestCommitted {
  readonly #states: CommitStates;
  readonly #startHigh: number;
  readonly #startLow: number;
  readonly #startBytes = Buffer.alloc(8);
  readonly #cursor = new CellCursor();
  readonly #previous = new PreviousCell();
  #unread = false;
  #decided = true;
  #endAtBoundary = false;
  #counts: { -readonly [name in keyof Counts]: Counts[name] } = { ...NO_COUNTS };
  /** The records not yet handed to `out`: whole and without gaps in the block. */
  #runStart = 0;
  #runEnd = 0;
  #runCount = 0;

  constructor(states: CommitStates, start: bigint) {
    this.#states = states;
    this.#startHigh = halfOf(start >> 32n);
    this.#startLow = halfOf(start);
    this.#startBytes.writeBigInt64BE(start);
  }

  /** Takes the next block; the one before must be done. */
  push(block: CellBlock): void {
    this.#cursor.reset(block);
    this.#unread = false;
  }

  /** Makes `advance` stop in front of the next cell. */
  endChunk(): void {
    this.#endAtBoundary = true;
  }

  /** What was counted since the last call; `cells` and `bytes` are what was given out. */
  takeCounts(): Counts {
    const counts = this.#counts;
    this.#counts = { ...NO_COUNTS };
    return counts;
  }

  /** The cell in front of which "cell-boundary" stopped. */
  get key(): CellKey {
    return { row: Buffer.from(this.#cursor.row), column: Buffer.from(this.#cursor.column) };
  }

  /** Goes on, and appends the cells it finds to `out`. @throws AdapterError `out-of-order` when the source breaks its promise */
  advance(out: CellBlockBuilder): FilterStop {
    const stop = this.#run(out);
    this.#flush(out);
    if (stop === "block-done") this.#previous.keep();
    return stop;
  }

  #run(out: CellBlockBuilder): FilterStop {
    const cursor = this.#cursor;
    while (this.#unread || cursor.next()) {
      this.#unread = true;
      const order = this.#previous.compare(cursor);
      if (order < 0) throw outOfOrder(cursor);
      const isNew = order > 0;
      if (isNew && this.#endAtBoundary) {
        this.#endAtBoundary = false;
        return "cell-boundary";
      }
      if (isNew || !this.#decided) {
        const state = this.#stateOf(cursor);
        if (state === UNKNOWN) return "needs-commits";
        this.#previous.set(cursor);
        this.#decided = this.#decide(cursor, state, out);
      } else {
        this.#previous.set(cursor);
        this.#counts.older += 1;
      }
      this.#counts.versions += 1;
      this.#unread = false;
    }
    return "block-done";
  }

  #stateOf(cursor: CellCursor): number {
    const high = cursor.timestampHigh;
    const low = cursor.timestampLow;
    if (high < 0 || (high === 0 && low === 0)) return VISIBLE;
    if (high > this.#startHigh || (high === this.#startHigh && low >>> 0 >= this.#startLow >>> 0)) {
      return COMMITTED_LATER;
    }
    return this.#states.get(high, low);
  }

  /** Counts the version, and says whether the cell is decided by it. */
  #decide(cursor: CellCursor, state: number, out: CellBlockBuilder): boolean {
    const counts = this.#counts;
    if (cursor.timestampHigh < 0) {
      if (cursor.timestamp !== -1n) throw badTimestamp(cursor);
      counts.sentinels += 1;
      return true;
    }
    if (state === UNCOMMITTED) counts.inProgress += 1;
    else if (state === ROLLED_BACK) counts.aborted += 1;
    else if (state === COMMITTED_LATER) counts.later += 1;
    else if (cursor.valueEnd === cursor.valueStart) counts.deleted += 1;
    else this.#emit(cursor, out);
    return state === VISIBLE;
  }

  #emit(cursor: CellCursor, out: CellBlockBuilder): void {
    cursor.bytes.set(this.#startBytes, cursor.timestampAt);
    if (cursor.start !== this.#runEnd) {
      this.#flush(out);
      this.#runStart = cursor.start;
    }
    this.#runEnd = cursor.end;
    this.#runCount += 1;
    this.#counts.cells += 1;
    this.#counts.bytes +=
      cursor.rowEnd -
      cursor.rowStart +
      (cursor.columnEnd - cursor.columnStart) +
      (cursor.valueEnd - cursor.valueStart);
  }

  #flush(out: CellBlockBuilder): void {
    if (this.#runCount > 0) out.addRecords(this.#cursor.bytes, this.#runStart, this.#runEnd, this.#runCount);
    this.#runStart = 0;
    this.#runEnd = 0;
    this.#runCount = 0;
  }

  /**
   * After "needs-commits": starts worth a look-up, at most `max`: from where the filter stands, of each cell the newest version, and of the
   * cell that it stands in every one.
   */
  unknownStarts(max: number): BigInt64Array {
    const starts = new BigInt64Array(max);
    let count = 0;
    const ahead = new CellCursor();
    const before = new PreviousCell();
    ahead.bytes = this.#cursor.bytes;
    ahead.end = this.#cursor.start;
    let isFirstCell = true;
    while (count < max && ahead.next()) {
      const isNew = before.compare(ahead) !== 0;
      if (isNew && before.isSet) isFirstCell = false;
      before.set(ahead);
      if ((isNew || isFirstCell) && this.#stateOf(ahead) === UNKNOWN) {
        starts[count] = ahead.timestamp;
        count += 1;
      }
    }
    return starts.subarray(0, count);
  }
}

/** The lower 32 bits, signed: how the halves of timestamps are compared. */
export function halfOf(value: bigint): number {
  return new Int32Array(new BigInt64Array([value]).buffer)[0] ?? 0;
}

function describeCell(cursor: CellCursor): string {
  return `row ${cursor.row.toString("hex")}, column ${cursor.column.toString("hex")}, timestamp ${cursor.timestamp}`;
}

function outOfOrder(cursor: CellCursor): AdapterError {
  return new AdapterError(
    "out-of-order",
    "none",
    `The source gave its cells out of order at ${describeCell(cursor)}. Nothing more is copied of this range.`,
  );
}

function badTimestamp(cursor: CellCursor): AdapterError {
  return new AdapterError(
    "bad-timestamp",
    "none",
    `The source holds a version that AtlasDB never writes: ${describeCell(cursor)}.`,
  );
}
