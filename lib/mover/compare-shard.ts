import { createHash } from "node:crypto";

import { Breather } from "#lib/mover/breather.ts";
import { type CellBlock, CellCursor, recycleBlock } from "#lib/mover/cell-block.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import type { CommitOracle } from "#lib/mover/commit-oracle.ts";
import type { ChunkLimits } from "#lib/mover/copy-shard.ts";
import { addCounts, type Counts, NO_COUNTS } from "#lib/mover/counts.ts";
import {
  type Difference,
  DIFFERENCE_VALUE_BYTES_MAX,
  DIFFERENCES_MAX,
  type ValueDigest,
} from "#lib/mover/difference.ts";
import { type CellKey, rangeFrom, successor } from "#lib/mover/key-range.ts";
import { halfOf } from "#lib/mover/latest-committed.ts";
import type { Recorder, ShardLease } from "#lib/mover/ledger.ts";
import { compareSpans } from "#lib/mover/previous-cell.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { type Throttle, throttled } from "#lib/mover/throttle.ts";
import { visibleCells } from "#lib/mover/visible-cells.ts";

/** What one lane compares with. */
export type CompareParts = {
  readonly source: CellSource;
  readonly destination: CellSource;
  readonly ledger: Recorder;
  /** Of the source, at S. */
  readonly oracle: CommitOracle;
  /** Paces what is read of the source, and the destination with it. */
  readonly throttle: Throttle;
  /** Of the destination, where another tool has written it and the newest committed version counts; null: exactly one version, at S. */
  readonly there: CommitOracle | null;
  readonly limits: ChunkLimits;
  readonly next: () => Promise<"go" | "stop">;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
};

/**
 * Compares one shard both ways: every cell that a reader at S sees in the source must be in the destination with the same bytes, in exactly
 * one version at S, and nothing else may be there; what another tool wrote is compared as a reader at S sees it. Resumes at its last checkpoint; writes to neither store.
 * @throws AdapterError what a store or the ledger threw
 */
export async function compareShard(parts: CompareParts, lease: ShardLease): Promise<"done" | "stopped"> {
  const at = lease.checkpoint;
  if (at !== null && at.next === null) return "done";
  const range = at === null ? lease.shard.range : rangeFrom(lease.shard.range, at.next);
  const run = new CompareRun(parts, lease);
  if (range === null) return run.finish();
  const { table } = lease.shard;
  const versions = throttled(parts.source.readVersions(table, range), parts.throttle, parts.signal, (ms) =>
    run.waited(ms),
  );
  const left = visibleCells(versions, parts.oracle, lease.start, (counts) => run.count(counts));
  const found = parts.destination.readVersions(table, range);
  const right = parts.there === null ? found : visibleCells(found, parts.there, lease.start, () => undefined);
  return run.compare(new Side(left), new Side(right));
}

/** One stream of cells with a cursor on the current one. */
class Side {
  readonly cursor = new CellCursor();
  readonly #blocks: AsyncIterator<CellBlock>;
  #block: CellBlock | null = null;
  state: "at-cell" | "needs-block" | "ended" = "needs-block";
  #waitedMs = 0;
  #bytesRead = 0;

  constructor(blocks: AsyncIterable<CellBlock>) {
    this.#blocks = blocks[Symbol.asyncIterator]();
  }

  /** Moves to the next cell of this block, if it has one. */
  step(): void {
    this.state = this.cursor.next() ? "at-cell" : "needs-block";
  }

  async load(): Promise<void> {
    while (this.state === "needs-block") {
      const from = performance.now();
      if (this.#block !== null) recycleBlock(this.#block);
      this.#block = null;
      const { done, value } = await this.#blocks.next();
      this.#waitedMs += performance.now() - from;
      if (done === true) {
        this.state = "ended";
        return;
      }
      this.#bytesRead += value.bytes.length;
      this.#block = value;
      this.cursor.reset(value);
      this.step();
    }
  }

  /** How long this side was waited for and how much it gave, since the last call. */
  take(): { readonly waitedMs: number; readonly bytesRead: number } {
    const taken = { waitedMs: this.#waitedMs, bytesRead: this.#bytesRead };
    this.#waitedMs = 0;
    this.#bytesRead = 0;
    return taken;
  }

  async close(): Promise<void> {
    await this.#blocks.return?.();
  }
}

class CompareRun {
  readonly #parts: CompareParts;
  readonly #lease: ShardLease;
  readonly #startHigh: number;
  readonly #startLow: number;
  #totals: Counts;
  #chunk: Counts = NO_COUNTS;
  #sequence: number;
  #found: Difference[] = [];
  #cells = 0;
  #differences = 0;
  #chunkStarted = performance.now();
  #throttleMs = 0;
  /** Whether the destination had the source's current cell in any version. */
  #seen = false;
  #sides: readonly [Side, Side] | null = null;

  constructor(parts: CompareParts, lease: ShardLease) {
    this.#parts = parts;
    this.#lease = lease;
    this.#startHigh = halfOf(lease.start >> 32n);
    this.#startLow = halfOf(lease.start);
    this.#totals = lease.checkpoint?.counts ?? NO_COUNTS;
    this.#sequence = lease.checkpoint?.sequence ?? 0;
  }

  /** Takes what the filter counted; cells are counted when they were compared. */
  count(counts: Counts): void {
    this.#chunk = addCounts(this.#chunk, { ...counts, cells: 0 });
  }

  /** Takes what the throttle held back. */
  waited(ms: number): void {
    this.#throttleMs += ms;
  }

  async compare(left: Side, right: Side): Promise<"done" | "stopped"> {
    this.#sides = [left, right];
    const breather = new Breather();
    try {
      for (;;) {
        await breather.breathe();
        await left.load();
        await right.load();
        if (this.#parts.signal.aborted) return "stopped";
        const passed = this.#merge(left, right);
        if (left.state === "ended" && right.state === "ended") return await this.finish();
        if (passed !== null && (await this.#endChunk(successor(passed))) === "stop") return "stopped";
      }
    } finally {
      await left.close();
      await right.close();
    }
  }

  /** Records the end of the shard. */
  async finish(): Promise<"done"> {
    await this.#endChunk(null);
    return "done";
  }

  /** Until a side needs a block, or the chunk is full: then gives the cell that both sides have passed. */
  #merge(left: Side, right: Side): CellKey | null {
    while (left.state !== "needs-block" && right.state !== "needs-block") {
      if (left.state === "ended" && right.state === "ended") return null;
      const order = this.#order(left, right);
      if (order === 0) this.#pair(left.cursor, right.cursor);
      else if (order > 0) this.#report("extra", null, right.cursor);
      else this.#leave(left.cursor);
      const passed = order < 0 && this.#isFull() ? keyOf(left.cursor) : null;
      if (order < 0) left.step();
      else right.step();
      if (passed !== null) return passed;
    }
    return null;
  }

  #order(left: Side, right: Side): number {
    if (left.state === "ended") return 1;
    if (right.state === "ended") return -1;
    return compareCursors(left.cursor, right.cursor);
  }

  /** The destination has the cell: once, at S, with these bytes? */
  #pair(left: CellCursor, right: CellCursor): void {
    const isSecond = this.#seen;
    this.#seen = true;
    const isAtStart = right.timestampLow === this.#startLow && right.timestampHigh === this.#startHigh;
    if (isSecond || !isAtStart) this.#report("version", left, right);
    else if (!sameValue(left, right)) this.#report("value", left, right);
  }

  #leave(left: CellCursor): void {
    if (!this.#seen) this.#report("missing", left, null);
    this.#seen = false;
    this.#cells += 1;
  }

  #report(kind: Difference["kind"], left: CellCursor | null, right: CellCursor | null): void {
    this.#differences += 1;
    const cell = left ?? right;
    if (cell === null || this.#found.length >= DIFFERENCES_MAX) return;
    this.#found.push({
      table: this.#lease.shard.table,
      row: cell.row.toString("hex"),
      column: cell.column.toString("hex"),
      kind,
      timestamp: right === null ? null : String(right.timestamp),
      source: left === null ? null : digest(left.value),
      destination: right === null ? null : digest(right.value),
    });
  }

  #isFull(): boolean {
    const { versions, ms } = this.#parts.limits;
    return this.#cells >= versions || performance.now() - this.#chunkStarted >= ms;
  }

  async #endChunk(next: CellKey | null): Promise<"go" | "stop"> {
    const chunk = addCounts(this.#chunk, {
      ...NO_COUNTS,
      cells: this.#cells,
      differences: this.#differences,
    });
    this.#totals = addCounts(this.#totals, chunk);
    this.#sequence += 1;
    const checkpoint = { sequence: this.#sequence, next, counts: this.#totals };
    await this.#parts.ledger.checkpoint(this.#lease, checkpoint, this.#found);
    const [source, destination] = this.#sides?.map((side) => side.take()) ?? [];
    this.#parts.onProgress({
      kind: "chunk",
      shard: this.#lease.shard.id,
      table: this.#lease.shard.table,
      counts: chunk,
      elapsedMs: performance.now() - this.#chunkStarted,
      sourceMs: source?.waitedMs ?? 0,
      sinkMs: destination?.waitedMs ?? 0,
      throttleMs: this.#throttleMs,
      bytesRead: (source?.bytesRead ?? 0) + (destination?.bytesRead ?? 0),
    });
    this.#throttleMs = 0;
    this.#chunk = NO_COUNTS;
    this.#cells = 0;
    this.#differences = 0;
    this.#found = [];
    this.#chunkStarted = performance.now();
    return next === null ? "go" : this.#parts.next();
  }
}

function keyOf(cursor: CellCursor): CellKey {
  return { row: Buffer.from(cursor.row), column: Buffer.from(cursor.column) };
}

function compareCursors(a: CellCursor, b: CellCursor): number {
  const rows = compareSpans(a.bytes, a.rowStart, a.rowEnd, b.bytes, b.rowStart, b.rowEnd);
  if (rows !== 0) return rows;
  return compareSpans(a.bytes, a.columnStart, a.columnEnd, b.bytes, b.columnStart, b.columnEnd);
}

/** Up to here a loop is faster than the call of a comparison of memory. */
const SHORT_BYTES = 200;

function sameValue(a: CellCursor, b: CellCursor): boolean {
  const length = a.valueEnd - a.valueStart;
  if (length !== b.valueEnd - b.valueStart) return false;
  if (length > SHORT_BYTES)
    return a.bytes.compare(b.bytes, b.valueStart, b.valueEnd, a.valueStart, a.valueEnd) === 0;
  return compareSpans(a.bytes, a.valueStart, a.valueEnd, b.bytes, b.valueStart, b.valueEnd) === 0;
}

function digest(value: Buffer): ValueDigest {
  return {
    bytes: value.length,
    sha256: createHash("sha256").update(value).digest("hex"),
    head: value.toString("hex", 0, DIFFERENCE_VALUE_BYTES_MAX),
  };
}
