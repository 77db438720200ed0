import { setTimeout as sleep } from "node:timers/promises";

import { types } from "cassandra-driver";

import { AdapterError } from "#lib/errors.ts";
import { BLOCK_ROOM_BYTES, type CellBlock, CellBlockBuilder, int32At } from "#lib/mover/cell-block.ts";
import { copyFailure, isPassing } from "#lib/stores/cassandra/copy-errors.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { type RawRows, rawRowsOf } from "#lib/stores/cassandra/raw-rows.ts";

/** Rows of the largest page. */
export const PAGE_ROWS_MAX = 5_000;

/** Rows of the first page: nothing is known of their size then, and it may be a megabyte each. */
const FIRST_PAGE_ROWS = 4;

/**
 * What a page is meant to hold, and what it may hold if all its rows were as large as the largest so far. Cassandra counts rows, not bytes,
 * so the rows asked for follow the size of those that came.
 */
const PAGE_BYTES = 1_048_576;
const PAGE_BYTES_MAX = 33_554_432;

/** A page grows to this many times the last one at most, so that large rows behind small ones do not come by the thousand. */
const GROWTH_MAX = 4;

/** How often one page is asked for before the failure is told, and the waits between. */
const ATTEMPTS = 5;
const FIRST_DELAY_MS = 100;
const DELAY_MS_MAX = 15_000;

/** Bytes at which a block of a page ends, and of the largest block of more than one record. */
const BLOCK_BYTES = 262_144;
const BLOCK_BYTES_MAX = 1_048_576;

/** How many rows the next page may have, from those that came. One for all reads of a table, which learn from each other. */
export class PageSize {
  rows = FIRST_PAGE_ROWS;
  #largest = 1;

  /** Learns from a page that came. */
  arrived({ rows, bytes, largest }: { rows: number; bytes: number; largest: number }): void {
    if (rows === 0) return;
    this.#largest = Math.max(this.#largest, largest);
    const fitting = Math.min(PAGE_BYTES / Math.max(1, bytes / rows), PAGE_BYTES_MAX / this.#largest);
    this.rows = Math.max(1, Math.floor(Math.min(fitting, this.rows * GROWTH_MAX, PAGE_ROWS_MAX)));
  }

  /** Halves, because a page did not come in time. */
  failed(): void {
    this.rows = Math.max(1, Math.floor(this.rows / 2));
  }
}

/**
 * How pages are read. `fixedKey`: the row of a statement that names it and does not select it. `attempts`: for one page. `signal`: nobody wants
 * them any more, so nothing is tried again.
 */
export type PageOptions = {
  readonly size: PageSize;
  readonly fixedKey?: Buffer;
  readonly attempts?: number;
  readonly signal?: AbortSignal;
};

/**
 * The versions of one statement over `key, column1, column2, value`, in its order, the next page on its way while one is used. A page that fails in
 * passing is asked for again with half the rows. @throws AdapterError effect `none`
 */
export async function* readPages(
  session: CopySession,
  cql: string,
  params: readonly (Buffer | bigint)[],
  options: PageOptions,
): AsyncGenerator<CellBlock, void, undefined> {
  let waiting = fetchPage(session, cql, params, options, undefined);
  for (;;) {
    const { blocks, state } = await waiting;
    if (state === undefined) {
      yield* blocks;
      return;
    }
    waiting = fetchPage(session, cql, params, options, state);
    // Nobody may be there to hear of it when the reader stops early.
    waiting.catch(() => undefined);
    yield* blocks;
  }
}

type Fetched = { readonly blocks: readonly CellBlock[]; readonly state: string | undefined };

async function fetchPage(
  session: CopySession,
  cql: string,
  params: readonly (Buffer | bigint)[],
  { size, fixedKey, attempts = ATTEMPTS, signal }: PageOptions,
  state: string | undefined,
): Promise<Fetched> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await session.client.execute(cql, [...params], {
        prepare: true,
        consistency: types.consistencies.localQuorum,
        fetchSize: size.rows,
        autoPage: false,
        isIdempotent: true,
        ...(state === undefined ? {} : { pageState: state }),
      });
      const blocks = blocksOf(rawRowsOf(result.rows), fixedKey ?? null, size);
      const next: unknown = result.pageState;
      return { blocks, state: typeof next === "string" && next !== "" ? next : undefined };
    } catch (error) {
      const failure = copyFailure(error, "none");
      if (attempt >= attempts || !isPassing(failure)) throw failure;
      size.failed();
      await sleep(delayAfter(attempt), undefined, { signal }).catch(() => undefined);
      if (signal?.aborted === true) throw failure;
    }
  }
}

function delayAfter(attempt: number): number {
  return Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + Math.random());
}

/** Turns the rows of one answer into blocks: a row has a record's fields in a record's order, so that its bytes are copied as they are. */
function blocksOf(raw: RawRows | null, fixedKey: Buffer | null, size: PageSize): readonly CellBlock[] {
  if (raw === null) return [];
  const blocks: CellBlock[] = [];
  const builder = new CellBlockBuilder(BLOCK_ROOM_BYTES);
  const head = fixedKey === null ? EMPTY : fieldOf(fixedKey);
  const place = new RowPlace(raw, fixedKey !== null);
  const sum = { rows: raw.count, bytes: 0, largest: 0 };
  for (let index = 0; index < raw.count; index += 1) {
    place.next();
    const bytes = 2 + head.length + place.end - place.start;
    if (builder.count > 0 && builder.byteLength + bytes > BLOCK_BYTES_MAX) blocks.push(builder.take());
    builder.addComplemented(head, place.bytes, place.start, place.end, place.column2At);
    if (builder.byteLength >= BLOCK_BYTES) blocks.push(builder.take());
    sum.bytes += bytes;
    if (bytes > sum.largest) sum.largest = bytes;
  }
  if (builder.count > 0) blocks.push(builder.take());
  size.arrived(sum);
  return blocks;
}

const EMPTY = Buffer.alloc(0);

/** Bytes behind their length. */
function fieldOf(bytes: Buffer): Buffer {
  const field = Buffer.alloc(4 + bytes.length);
  field.writeInt32BE(bytes.length);
  bytes.copy(field, 4);
  return field;
}

/** Walks the rows of an answer, and trusts no length in it. */
class RowPlace {
  readonly bytes: Buffer;
  readonly #keyless: boolean;
  start = 0;
  end: number;
  column2At = 0;

  constructor({ bytes, start }: RawRows, keyless: boolean) {
    this.bytes = bytes;
    this.end = start;
    this.#keyless = keyless;
  }

  next(): void {
    this.start = this.end;
    const column1At = this.#keyless ? this.start : this.#behind(this.start);
    const column2At = this.#behind(column1At);
    this.column2At = column2At + 4;
    const valueAt = this.#behind(column2At);
    if (valueAt !== column2At + 12) throw notCells();
    this.end = this.#behind(valueAt, -1);
  }

  /** Where the field ends that begins there. Only a value may be null, -1, which counts as empty. */
  #behind(at: number, least = 0): number {
    const { bytes } = this;
    const length = at + 4 <= bytes.length ? int32At(bytes, at) : -2;
    const end = at + 4 + Math.max(0, length);
    if (length < least || end > bytes.length) throw notCells();
    return end;
  }
}

function notCells(): AdapterError {
  return new AdapterError(
    "unexpected-answer",
    "none",
    "The server's answer to a reading of cells is cut short. Nothing was changed in the store.",
  );
}

/** Tries again what fails in passing, while anybody wants it. */
async function retried<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const failure = copyFailure(error, "none");
      if (attempt >= ATTEMPTS || !isPassing(failure)) throw failure;
      await sleep(delayAfter(attempt), undefined, { signal }).catch(() => undefined);
      if (signal?.aborted === true) throw failure;
    }
  }
}

/** Some rows of one statement, without going on to further pages. @throws AdapterError effect `none` */
export async function readSome(
  session: CopySession,
  cql: string,
  params: readonly (Buffer | bigint | string)[],
  how: {
    readonly rows: number;
    readonly consistency?: types.consistencies;
    readonly signal?: AbortSignal;
  } = { rows: PAGE_ROWS_MAX },
): Promise<readonly types.Row[]> {
  return retried(async () => {
    const result = await session.client.execute(cql, [...params], {
      prepare: true,
      consistency: how.consistency ?? types.consistencies.localQuorum,
      fetchSize: how.rows,
      autoPage: false,
      isIdempotent: true,
    });
    return result.rows ?? [];
  }, how.signal);
}
