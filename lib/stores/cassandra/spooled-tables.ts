import { AdapterError } from "#lib/errors.ts";
import { SortedSpool, SpoolMemory } from "#lib/mover/sorted-spool.ts";
import { PageSize, readPages, readSome } from "#lib/stores/cassandra/cell-pages.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { tokenCondition, type TokenRange, tokenRanges } from "#lib/stores/cassandra/token-ranges.ts";

/** Ranges of tokens that a table is read in, and how many at once; one is enough for a table of fewer versions than this. */
const RANGES = 64;
const RANGES_AT_ONCE = 4;
const FEW_VERSIONS = 1_000;

/** How often a page is asked for: a server that is away for some minutes does not cost what was read so far. */
const ATTEMPTS = 20;

/**
 * The tables of a cluster that keeps rows in the order of their hashes, in key order: each is read once, by ranges of tokens, and sorted in
 * temporary files. AtlasDB itself wants byte-ordered clusters (facts E.1), so this is the exception, and costs disk instead of memory.
 */
export class SpooledTables {
  readonly #session: CopySession;
  readonly #tables = new Map<string, Promise<SortedSpool>>();
  readonly #memory = new SpoolMemory();
  #reading: Promise<unknown> = Promise.resolve();
  #expected: readonly string[] = [];
  readonly #closing = new AbortController();

  constructor(session: CopySession) {
    this.#session = session;
  }

  /** Says in which order tables will be asked for, and begins with the first. */
  expect(tables: readonly string[]): void {
    this.#expected = tables;
    this.#beginAhead(tables[0]);
  }

  /** A table, quoted and qualified, as it was when it was first read. @throws AdapterError effect `none` */
  async of(table: string): Promise<SortedSpool> {
    const spool = await this.#begin(table);
    const place = this.#expected.indexOf(table);
    if (place >= 0) this.#beginAhead(this.#expected[place + 1]);
    return spool;
  }

  /** A failure is told when the table is asked for, and it is read again then. */
  #beginAhead(table: string | undefined): void {
    if (table !== undefined && !this.#closing.signal.aborted) this.#begin(table).catch(() => undefined);
  }

  async #begin(table: string): Promise<SortedSpool> {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    // Nobody would free it any more.
    if (this.#closing.signal.aborted) throw closed(table);
    // One after the other: they share their memory.
    const reading = this.#reading.then(async () => this.#read(table));
    this.#reading = reading.catch(() => undefined);
    this.#tables.set(table, reading);
    reading.catch(() => this.#tables.delete(table));
    return reading;
  }

  /** Frees the disk. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reading;
    const spools = await Promise.allSettled(this.#tables.values());
    this.#tables.clear();
    for (const spool of spools) if (spool.status === "fulfilled") await spool.value.close();
  }

  async #read(table: string): Promise<SortedSpool> {
    const spool = new SortedSpool(this.#memory);
    const ranges = tokenRanges(await this.#rangesOf(table)).values();
    const size = new PageSize();
    const work = async () => {
      for (const range of ranges) await this.#readRange(table, range, size, spool);
    };
    // All of them end before the spool is used or closed.
    const ends = await Promise.allSettled(Array.from({ length: RANGES_AT_ONCE }, work));
    const failure = ends.find((end) => end.status === "rejected");
    try {
      if (failure !== undefined) throw failure.reason;
      await spool.finish();
      return spool;
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  async #rangesOf(table: string): Promise<number> {
    const cql = `SELECT key FROM ${table} LIMIT ${FEW_VERSIONS}`;
    const first = await readSome(this.#session, cql, [], {
      rows: FEW_VERSIONS,
      signal: this.#closing.signal,
    });
    return first.length < FEW_VERSIONS ? 1 : RANGES;
  }

  async #readRange(table: string, range: TokenRange, size: PageSize, spool: SortedSpool): Promise<void> {
    const { where, params } = tokenCondition(range);
    const cql = `SELECT key, column1, column2, value FROM ${table} WHERE ${where}`;
    const { signal } = this.#closing;
    if (signal.aborted) throw closed(table);
    for await (const block of readPages(this.#session, cql, params, { size, attempts: ATTEMPTS, signal })) {
      // A part of a table must never pass for the whole.
      if (this.#closing.signal.aborted) throw closed(table);
      await spool.add(block);
    }
  }
}

function closed(table: string): AdapterError {
  return new AdapterError("connection-lost", "none", `Reading ${table} was ended before its end.`);
}
