import { AdapterError } from "#lib/errors.ts";
import { SortedSpool } from "#lib/mover/sorted-spool.ts";
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
  #reading: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(session: CopySession) {
    this.#session = session;
  }

  /** A table, quoted and qualified, as it was when it was first asked for. @throws AdapterError effect `none` */
  async of(table: string): Promise<SortedSpool> {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    // Nobody would free it any more.
    if (this.#closed) throw closed(table);
    // One after the other: each has its own memory.
    const reading = this.#reading.then(async () => this.#read(table));
    this.#reading = reading.catch(() => undefined);
    this.#tables.set(table, reading);
    reading.catch(() => this.#tables.delete(table));
    return reading;
  }

  /** Frees the disk. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#reading;
    const spools = await Promise.allSettled(this.#tables.values());
    this.#tables.clear();
    for (const spool of spools) if (spool.status === "fulfilled") await spool.value.close();
  }

  async #read(table: string): Promise<SortedSpool> {
    const spool = new SortedSpool();
    const ranges = tokenRanges(await this.#rangesOf(table)).values();
    const size = new PageSize();
    const work = async () => {
      for (const range of ranges) await this.#readRange(table, range, size, spool);
    };
    // All of them end before the spool is used or closed.
    const ends = await Promise.allSettled(Array.from({ length: RANGES_AT_ONCE }, work));
    const failure = ends.find((end) => end.status === "rejected");
    if (failure === undefined) {
      await spool.finish();
      return spool;
    }
    await spool.close();
    throw failure.reason;
  }

  async #rangesOf(table: string): Promise<number> {
    const first = await readSome(this.#session, `SELECT key FROM ${table} LIMIT ${FEW_VERSIONS}`, []);
    return first.length < FEW_VERSIONS ? 1 : RANGES;
  }

  async #readRange(table: string, range: TokenRange, size: PageSize, spool: SortedSpool): Promise<void> {
    const { where, params } = tokenCondition(range);
    const cql = `SELECT key, column1, column2, value FROM ${table} WHERE ${where}`;
    for await (const block of readPages(this.#session, cql, params, { size, attempts: ATTEMPTS })) {
      // A part of a table must never pass for the whole.
      if (this.#closed) throw closed(table);
      await spool.add(block);
    }
  }
}

function closed(table: string): AdapterError {
  return new AdapterError("connection-lost", "none", `Reading ${table} was ended before its end.`);
}
