import { InvariantError } from "#lib/errors.ts";
import {
  BLOCK_ROOM_BYTES,
  type CellBlock,
  CellBlockBuilder,
  CellCursor,
  recycleBlock,
} from "#lib/mover/cell-block.ts";
import { type KeyRange, WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { mergeRuns } from "#lib/mover/merge-runs.ts";
import { RunWriter, SpoolFile, type SortedRun } from "#lib/mover/spool-file.ts";
import { SpoolRun } from "#lib/mover/spool-run.ts";

/** How much is sorted in memory, how many runs are merged into a larger one, and how much is read of a run at a time. */
export type SpoolSizes = {
  readonly runBytes: number;
  readonly fanIn: number;
  readonly blockBytes: number;
};

const SIZES: SpoolSizes = { runBytes: 8 * 1_048_576, fanIn: 64, blockBytes: 65_536 };

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
  #run: SpoolRun;
  #storing: Promise<void> = Promise.resolve();
  #state: "collecting" | "finished" | "closed" = "collecting";

  constructor(sizes: SpoolSizes = SIZES) {
    this.#sizes = sizes;
    this.#run = this.#newRun();
  }

  #newRun(): SpoolRun {
    return new SpoolRun(this.#sizes.runBytes + BLOCK_BYTES_MAX);
  }

  /** Takes a block; the versions of one row must come in order, over all calls. Several callers at once, each with rows of its own. */
  async add(block: CellBlock): Promise<void> {
    await this.#storing;
    this.#run.add(block);
    recycleBlock(block);
    if (this.#run.byteLength >= this.#sizes.runBytes) await this.#store();
  }

  /** Ends the collecting. */
  async finish(): Promise<void> {
    await this.#store();
    this.#state = "finished";
  }

  async #store(): Promise<void> {
    const run = this.#run;
    this.#run = this.#newRun();
    this.#storing = this.#storing.then(async () => this.#write(run));
    // Whoever waits next hears of it, too.
    this.#storing.catch(() => undefined);
    await this.#storing;
  }

  async #write(run: SpoolRun): Promise<void> {
    if (run.byteLength === 0) return;
    const { blockBytes } = this.#sizes;
    const level = await this.#level(0);
    const writer = new RunWriter(level.file, blockBytes);
    const cursor = new CellCursor();
    for (const piece of await run.sorted()) {
      if (piece.length <= blockBytes) writer.add(piece, 0, piece.length);
      else {
        cursor.reset({ bytes: piece, count: 0 });
        while (cursor.next()) writer.add(piece, cursor.start, cursor.end);
      }
      if (writer.isFull) await writer.flush();
    }
    level.runs.push(await writer.end());
    await this.#mergeFull(0);
  }

  async #mergeFull(index: number): Promise<void> {
    const level = await this.#level(index);
    if (level.runs.length < this.#sizes.fanIn) return;
    const above = await this.#level(index + 1);
    const writer = new RunWriter(above.file, this.#sizes.blockBytes * 4);
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
