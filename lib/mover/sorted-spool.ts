import { type AdapterError, InvariantError } from "#lib/errors.ts";
import {
  BLOCK_ROOM_BYTES,
  type CellBlock,
  CellBlockBuilder,
  CellCursor,
  recycleBlock,
} from "#lib/mover/cell-block.ts";
import { type KeyRange, WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { mergeRuns } from "#lib/mover/merge-runs.ts";
import { RunRoom, RunWriter, SpoolFile, type SortedRun } from "#lib/mover/spool-file.ts";
import { SpoolRun } from "#lib/mover/spool-run.ts";

/** How much is sorted in memory, how many runs are merged into a larger one, and how much is read of a run at a time. */
export type SpoolSizes = {
  readonly runBytes: number;
  readonly fanIn: number;
  readonly blockBytes: number;
};

const SIZES: SpoolSizes = { runBytes: 8 * 1_048_576, fanIn: 64, blockBytes: 65_536 };

/** The memory that a spool collects and writes with. It serves one after the other, so that a store of many tables needs it once. */
export class SpoolMemory {
  readonly runs: readonly [SpoolRun, SpoolRun] = [new SpoolRun(), new SpoolRun()];
  readonly room = new RunRoom();
}

/** Blocks that are given out. */
const BLOCK_BYTES = 262_144;
const BLOCK_BYTES_MAX = 1_048_576;

/** Runs of about one size, in one file. */
type Level = { readonly file: SpoolFile; runs: SortedRun[] };

/**
 * Puts versions in key order that come in another, on disk: whatever their number, two runs are in memory while they come and a block of
 * each run while they are read. Every byte is written once more for each 64-fold of the size. `add` blocks, `finish`, then `read` any ranges
 * at once; `close` frees the disk, at any time. @throws AdapterError `disk-full`, `disk-failed`
 */
export class SortedSpool {
  readonly #sizes: SpoolSizes;
  readonly #levels: Level[] = [];
  /** What comes is collected in one run while the other is sorted and written. */
  #run: SpoolRun;
  #free: SpoolRun | null;
  #storing: Promise<void> = Promise.resolve();
  #failure: AdapterError | null = null;
  readonly #room: RunRoom;
  #state: "collecting" | "finished" | "closed" = "collecting";

  /** The memory may be another spool's that is finished or closed. */
  constructor({ runs, room }: SpoolMemory, sizes: SpoolSizes = SIZES) {
    this.#sizes = sizes;
    [this.#run, this.#free] = runs;
    this.#room = room;
    for (const run of runs) run.clear();
  }

  /** Takes a block; the versions of one row must come in order, over all calls. Several callers at once, each with rows of its own. */
  async add(block: CellBlock): Promise<void> {
    while (this.#isFull) {
      await this.#storing;
      this.#storeFull();
    }
    if (this.#failure !== null) throw this.#failure;
    this.#run.add(block);
    recycleBlock(block);
    this.#storeFull();
  }

  get #isFull(): boolean {
    return this.#run.byteLength >= this.#sizes.runBytes;
  }

  /** Begins to store the run if it is full and the other one is free. */
  #storeFull(): void {
    const [full, free] = [this.#run, this.#free];
    if (!this.#isFull || free === null) return;
    this.#run = free;
    this.#free = null;
    this.#storing = this.#write(full).then(() => {
      full.clear();
      this.#free = full;
    });
    // Whoever comes next hears of it.
    this.#storing.catch((error: AdapterError) => {
      this.#failure = error;
    });
  }

  /** Ends the collecting. */
  async finish(): Promise<void> {
    await this.#storing;
    this.#storing = this.#write(this.#run);
    await this.#storing;
    this.#state = "finished";
  }

  async #write(run: SpoolRun): Promise<void> {
    if (run.byteLength === 0) return;
    const level = await this.#level(0);
    const writer = new RunWriter(level.file, this.#sizes.blockBytes, this.#room);
    const pieces = run.sorted();
    for (let done = 0; done < pieces.length;) {
      done = addPieces(run, pieces, done, writer);
      if (writer.isFull) await writer.flush();
    }
    level.runs.push(await writer.end());
    await this.#mergeFull(0);
  }

  async #mergeFull(index: number): Promise<void> {
    const level = await this.#level(index);
    if (level.runs.length < this.#sizes.fanIn) return;
    const above = await this.#level(index + 1);
    const writer = new RunWriter(above.file, this.#sizes.blockBytes * 4, this.#room);
    const add = (bytes: Buffer, start: number, end: number) => {
      writer.add(bytes, start, end);
      return writer.isFull;
    };
    for await (const _ of mergeRuns(level.runs, WHOLE_TABLE, add)) await writer.flush();
    above.runs.push(await writer.end());
    const { file } = level;
    this.#levels[index] = { file: await SpoolFile.create(), runs: [] };
    await file.close();
    await this.#mergeFull(index + 1);
  }

  async #level(index: number): Promise<Level> {
    const known = this.#levels[index];
    if (known !== undefined) return known;
    const level = { file: await SpoolFile.create(), runs: [] };
    this.#levels[index] = level;
    return level;
  }

  /** The versions of a range in key order, the newest of a cell first, as `CellSource.readVersions` gives them. */
  async *read(range: KeyRange): AsyncGenerator<CellBlock, void, undefined> {
    // An empty table must not be taken for one that is not there any more, or not yet.
    if (this.#state !== "finished") throw new InvariantError(`a spool was read that is ${this.#state}`);
    const builder = new CellBlockBuilder(BLOCK_ROOM_BYTES);
    let large: { readonly bytes: Buffer; readonly start: number; readonly end: number } | null = null;
    const add = (bytes: Buffer, start: number, end: number) => {
      if (builder.count > 0 && builder.byteLength + end - start > BLOCK_BYTES_MAX) {
        large = { bytes, start, end };
        return true;
      }
      builder.addRecords(bytes, start, end, 1);
      return builder.byteLength >= BLOCK_BYTES;
    };
    const runs = this.#levels.flatMap((level) => level.runs);
    for await (const _ of mergeRuns(runs, range, add)) {
      yield builder.take();
      if (large !== null) {
        const { bytes, start, end } = large as { bytes: Buffer; start: number; end: number };
        large = null;
        builder.addRecords(bytes, start, end, 1);
        if (builder.byteLength >= BLOCK_BYTES) yield builder.take();
      }
    }
    if (builder.count > 0) yield builder.take();
  }

  /** Frees the disk. */
  async close(): Promise<void> {
    this.#state = "closed";
    await this.#storing.catch(() => undefined);
    const levels = this.#levels.splice(0);
    for (const { file } of levels) await file.close();
  }
}

/** Until the writer is full; gives how many are done. A piece that is longer than a block is given by its records, so that none need be read whole. */
function addPieces(run: SpoolRun, pieces: Uint32Array, from: number, writer: RunWriter): number {
  let index = from;
  for (; index < pieces.length && !writer.isFull; index += 1) {
    const piece = pieces[index] ?? 0;
    const start = run.startOf(piece);
    const end = run.endOf(piece);
    if (end - start <= writer.blockBytes) writer.add(run.bytes, start, end);
    else addRecords(run.bytes.subarray(start, end), writer);
  }
  return index;
}

function addRecords(bytes: Buffer, writer: RunWriter): void {
  const cursor = new CellCursor();
  cursor.reset({ bytes, count: 0 });
  while (cursor.next()) writer.add(bytes, cursor.start, cursor.end);
}
