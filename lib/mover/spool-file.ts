import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { AdapterError } from "#lib/errors.ts";
import { type CellBlock, CellCursor } from "#lib/mover/cell-block.ts";
import { type CellKey, compareKeys } from "#lib/mover/key-range.ts";

/** Bytes handed to the file system at a time. */
const WRITE_BYTES = 1_048_576;

/** What of it there is at first: most tables are small. */
const FIRST_ROOM_BYTES = 65_536;

/** So much more memory than a part of a run takes, because the next may be a record longer. */
const SPARE_BYTES = 4_096;

/** Where some whole records of a run stand, and the cell of the first. */
type Place = { readonly first: CellKey; readonly start: number; readonly bytes: number };

/** Records in order, in a part of a file. */
export type SortedRun = { readonly file: SpoolFile; readonly places: readonly Place[] };

/**
 * A file that only this process has: it bears no name, so it is gone with the process however that ends. In the folder for temporary files
 * (`TMPDIR`). @throws AdapterError `disk-full`, `disk-failed`
 */
export class SpoolFile {
  readonly #handle: FileHandle;
  #length = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Makes an empty one. */
  static async create(): Promise<SpoolFile> {
    return guarded(async () => {
      const folder = await mkdtemp(path.join(tmpdir(), "lockstep-spool-"));
      try {
        return new SpoolFile(await open(path.join(folder, "cells"), "wx+", 0o600));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  /** Writes behind what is there, and gives where. One caller at a time. */
  async append(bytes: Buffer): Promise<number> {
    const start = this.#length;
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await guarded(async () =>
        this.#handle.write(bytes, done, bytes.length - done, start + done),
      );
      done += bytesWritten;
    }
    this.#length = start + bytes.length;
    return start;
  }

  /** Fills `into` with the bytes from a place on. Any number of callers at once. */
  async read(start: number, into: Buffer): Promise<void> {
    for (let done = 0; done < into.length;) {
      const { bytesRead } = await guarded(async () =>
        this.#handle.read(into, done, into.length - done, start + done),
      );
      if (bytesRead === 0) throw failed(new RangeError("the file ended early"));
      done += bytesRead;
    }
  }

  /** Frees the space. */
  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failed(error);
  }
}

function failed(cause: unknown): AdapterError {
  const code = cause instanceof Error && "code" in cause ? cause.code : null;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new AdapterError(
    full ? "disk-full" : "disk-failed",
    "none",
    full
      ? `The folder for temporary files (${tmpdir()}) on the machine of this worker is full. Rows of a cluster that keeps them in the order of their hashes are sorted there, and need as much room as the table. Make room, or set TMPDIR to a larger place. Nothing was changed in the store.`
      : `A temporary file in ${tmpdir()} on the machine of this worker cannot be used: ${cause instanceof Error ? cause.message : "an unknown failure"}. Nothing was changed in the store.`,
    { cause },
  );
}

/** The memory that runs are written from, one after the other. */
export class RunRoom {
  #bytes = Buffer.allocUnsafeSlow(FIRST_ROOM_BYTES);

  /** Memory for so many bytes, of which the first `kept` are those of the last call. */
  atLeast(bytes: number, kept: number): Buffer {
    if (bytes > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(bytes, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, kept);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}

/** Writes one run: `add` records in order, `flush` whenever it is `isFull`, then `end`. */
export class RunWriter {
  readonly #file: SpoolFile;
  /** Records are read again by about so many bytes. */
  readonly blockBytes: number;
  readonly #places: Place[] = [];
  readonly #cursor = new CellCursor();
  readonly #room: RunRoom;
  #length = 0;
  /** What is not written yet, by places; `start` counts from the first byte that is not. */
  #waiting: Place[] = [];
  #blockStart = 0;
  #blockFirst: CellKey | null = null;

  constructor(file: SpoolFile, blockBytes: number, room: RunRoom) {
    this.#file = file;
    this.#room = room;
    this.blockBytes = blockBytes;
  }

  /** Whether `flush` is due. */
  get isFull(): boolean {
    return this.#length >= WRITE_BYTES;
  }

  /** Takes whole records that stand in `source[start, end)`. */
  add(source: Buffer, start: number, end: number): void {
    const length = end - start;
    const bytes = this.#room.atLeast(this.#length + length, this.#length);
    if (this.#blockFirst === null) {
      this.#cursor.bytes = source;
      this.#cursor.end = start;
      this.#cursor.next();
      const { row, column } = this.#cursor;
      this.#blockFirst = { row: Buffer.from(row), column: Buffer.from(column) };
    }
    source.copy(bytes, this.#length, start, end);
    this.#length += length;
    if (this.#length - this.#blockStart >= this.blockBytes) this.#endBlock();
  }

  #endBlock(): void {
    if (this.#blockFirst === null) return;
    const bytes = this.#length - this.#blockStart;
    this.#waiting.push({ first: this.#blockFirst, start: this.#blockStart, bytes });
    this.#blockFirst = null;
    this.#blockStart = this.#length;
  }

  /** Writes what was collected. */
  async flush(): Promise<void> {
    this.#endBlock();
    const at = await this.#file.append(this.#room.atLeast(0, 0).subarray(0, this.#length));
    for (const place of this.#waiting) this.#places.push({ ...place, start: at + place.start });
    this.#waiting = [];
    this.#length = 0;
    this.#blockStart = 0;
  }

  /** Gives the run. */
  async end(): Promise<SortedRun> {
    await this.flush();
    return { file: this.#file, places: this.#places };
  }
}

/** The parts of a run that may hold cells at or behind `from` (null: all) and before `to` (null: all), in order; each is gone with the next. */
export async function* readRun(
  { file, places }: SortedRun,
  from: CellKey | null,
  to: CellKey | null,
): AsyncGenerator<CellBlock, void, undefined> {
  let room = Buffer.alloc(0);
  for (let index = firstPlace(places, from); index < places.length; index += 1) {
    const place = places[index];
    if (place === undefined || (to !== null && compareKeys(place.first, to) >= 0)) return;
    if (place.bytes > room.length) room = Buffer.allocUnsafeSlow(place.bytes + SPARE_BYTES);
    const bytes = room.subarray(0, place.bytes);
    await file.read(place.start, bytes);
    yield { bytes, count: 0 };
  }
}

/** The last place whose first cell is before `from`, because more of them may follow there; else the first. */
function firstPlace(places: readonly Place[], from: CellKey | null): number {
  if (from === null) return 0;
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const place = places[middle];
    if (place !== undefined && compareKeys(place.first, from) < 0) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
