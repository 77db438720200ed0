import { AdapterError } from "#lib/errors.ts";
import { Breather } from "#lib/mover/breather.ts";
import { BLOCK_ROOM_BYTES, type CellBlock, CellBlockBuilder, recycleBlock } from "#lib/mover/cell-block.ts";
import type { CellSink, ShardWriter } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { type CommitOracle, LOOK_UP_MAX } from "#lib/mover/commit-oracle.ts";
import { addCounts, type Counts, NO_COUNTS } from "#lib/mover/counts.ts";
import { type CellKey, rangeFrom } from "#lib/mover/key-range.ts";
import { LatestCommitted } from "#lib/mover/latest-committed.ts";
import type { Checkpoint, Recorder, ShardLease } from "#lib/mover/ledger.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import type { Throttle } from "#lib/mover/throttle.ts";

/** When a chunk ends, whichever comes first: at the next cell after so many versions, bytes of output, or milliseconds. */
export type ChunkLimits = { readonly versions: number; readonly bytes: number; readonly ms: number };

/** 0.2 to 2 s of work: what a restart repeats at most. */
export const CHUNK_LIMITS: ChunkLimits = { versions: 100_000, bytes: 32 * 1_024 * 1_024, ms: 2_000 };

/** Bytes handed to the destination at a time. */
const WRITE_BYTES = 128 * 1_024;

/** What one lane works with. */
export type CopyParts = {
  readonly source: CellSource;
  readonly sink: CellSink;
  readonly ledger: Recorder;
  readonly oracle: CommitOracle;
  readonly throttle: Throttle;
  readonly limits: ChunkLimits;
  /** Asked after every checkpoint; "stop" ends the shard there, with everything so far recorded. */
  readonly next: () => Promise<"go" | "stop">;
  readonly onProgress: OnProgress;
  /** Fires when work must end without waiting for a checkpoint, because the lease is lost or the process ends. */
  readonly signal: AbortSignal;
};

/**
 * Copies one shard from where it stands: chunk after chunk, each made durable in the destination before its checkpoint is recorded in the
 * ledger. Resolves "done" when the shard is, "stopped" when `next` or the signal said so. Whatever happens, a later call goes on at the
 * newest checkpoint: no cell is lost, and none is doubled.
 * @throws AdapterError what source, destination or ledger threw; `progress-missing` when the destination lost what the ledger recorded
 */
export async function copyShard(parts: CopyParts, lease: ShardLease): Promise<"done" | "stopped"> {
  const writer = await parts.sink.openShard(lease);
  // Whoever lost the shard stops in the middle of a block, and of the requests of a block.
  const stop = () => void writer.close().catch(() => undefined);
  parts.signal.addEventListener("abort", stop, { once: true });
  try {
    const at = await newestCheckpoint(parts, lease, writer);
    const range = at === null ? lease.shard.range : rangeFrom(lease.shard.range, at.next);
    if (at !== null && at.next === null) return "done";
    const run = new ShardRun(parts, lease, writer, at);
    // An empty rest still ends with a checkpoint that says so.
    return await run.copy(range === null ? [] : parts.source.readVersions(lease.shard.table, range));
  } finally {
    parts.signal.removeEventListener("abort", stop);
    await writer.close();
  }
}

/** The destination's word counts where it keeps one, and the ledger then follows. */
async function newestCheckpoint(
  parts: CopyParts,
  lease: ShardLease,
  writer: ShardWriter,
): Promise<Checkpoint | null> {
  if (!parts.sink.keepsCheckpoints) return lease.checkpoint;
  const { recorded } = writer;
  if ((recorded?.sequence ?? 0) < (lease.checkpoint?.sequence ?? 0)) {
    throw new AdapterError(
      "progress-missing",
      "none",
      `The destination no longer has what was recorded as copied of ${lease.shard.table}: it was restored or replaced since. This copy cannot go on; start over with a new one.`,
    );
  }
  if (recorded !== null && recorded.sequence > (lease.checkpoint?.sequence ?? 0)) {
    await parts.ledger.checkpoint(lease, recorded);
  }
  return recorded;
}

/** One pass over a shard: the state between its chunks. */
class ShardRun {
  readonly #parts: CopyParts;
  readonly #lease: ShardLease;
  readonly #writer: ShardWriter;
  readonly #filter: LatestCommitted;
  readonly #out = new CellBlockBuilder(BLOCK_ROOM_BYTES);
  #sequence: number;
  #totals: Counts;
  #chunk: Counts = NO_COUNTS;
  #chunkStarted = performance.now();
  #sinkMs = 0;
  #sourceMs = 0;
  #throttleMs = 0;
  #bytesRead = 0;

  constructor(parts: CopyParts, lease: ShardLease, writer: ShardWriter, at: Checkpoint | null) {
    this.#parts = parts;
    this.#lease = lease;
    this.#writer = writer;
    this.#filter = new LatestCommitted(parts.oracle.states, lease.start);
    this.#sequence = at?.sequence ?? 0;
    this.#totals = at?.counts ?? NO_COUNTS;
  }

  async copy(blocks: AsyncIterable<CellBlock> | Iterable<CellBlock>): Promise<"done" | "stopped"> {
    const breather = new Breather();
    let waitedFrom = performance.now();
    for await (const block of blocks) {
      this.#sourceMs += performance.now() - waitedFrom;
      if (this.#parts.signal.aborted) return "stopped";
      this.#bytesRead += block.bytes.length;
      if ((await this.#consume(block)) === "stop") return "stopped";
      recycleBlock(block);
      await breather.breathe();
      waitedFrom = performance.now();
    }
    if (this.#parts.signal.aborted) return "stopped";
    await this.#endChunk(null);
    return "done";
  }

  async #consume(block: CellBlock): Promise<"go" | "stop"> {
    const filter = this.#filter;
    filter.push(block);
    for (;;) {
      const stop = filter.advance(this.#out);
      this.#chunk = addCounts(this.#chunk, filter.takeCounts());
      if (this.#out.byteLength >= WRITE_BYTES) await this.#write();
      if (stop === "needs-commits") await this.#parts.oracle.resolve(filter.unknownStarts(LOOK_UP_MAX));
      else if (stop === "cell-boundary") {
        if ((await this.#endChunk(filter.key)) === "stop") return "stop";
      } else break;
    }
    if (this.#isChunkFull()) filter.endChunk();
    return "go";
  }

  #isChunkFull(): boolean {
    const { versions, bytes, ms } = this.#parts.limits;
    const { versions: read, bytes: written } = this.#chunk;
    return read >= versions || written >= bytes || performance.now() - this.#chunkStarted >= ms;
  }

  async #write(): Promise<void> {
    const block = this.#out.take();
    if (block.count === 0) return;
    const { throttle, signal } = this.#parts;
    this.#throttleMs += await throttle.take(block.count, block.bytes.length, signal);
    const from = performance.now();
    await this.#writer.write(block);
    this.#sinkMs += performance.now() - from;
  }

  async #endChunk(next: CellKey | null): Promise<"go" | "stop"> {
    await this.#write();
    const totals = addCounts(this.#totals, this.#chunk);
    const checkpoint: Checkpoint = { sequence: this.#sequence + 1, next, counts: totals };
    const from = performance.now();
    await this.#writer.commit(checkpoint);
    this.#sinkMs += performance.now() - from;
    await this.#parts.ledger.checkpoint(this.#lease, checkpoint);
    this.#report();
    this.#sequence += 1;
    this.#totals = totals;
    this.#chunk = NO_COUNTS;
    this.#chunkStarted = performance.now();
    this.#sourceMs = 0;
    this.#sinkMs = 0;
    this.#throttleMs = 0;
    this.#bytesRead = 0;
    return next === null ? "go" : this.#parts.next();
  }

  #report(): void {
    this.#parts.onProgress({
      kind: "chunk",
      shard: this.#lease.shard.id,
      table: this.#lease.shard.table,
      counts: this.#chunk,
      elapsedMs: performance.now() - this.#chunkStarted,
      sourceMs: this.#sourceMs,
      sinkMs: this.#sinkMs,
      throttleMs: this.#throttleMs,
      bytesRead: this.#bytesRead,
    });
  }
}
