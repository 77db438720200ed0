import { AdapterError } from "#lib/errors.ts";
import { readKeys } from "#lib/stores/cassandra/cell-pages.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { KeySorter, type SortedKeys } from "#lib/stores/cassandra/sorted-keys.ts";

/** Rows and bytes of their keys that are held for one table at most. */
const ROWS_MAX = 8_000_000;
const BYTES_MAX = 268_435_456;

/**
 * The row keys of a table in order, for clusters that keep rows in the order of their hashes. AtlasDB itself wants byte-ordered clusters
 * (facts E.1), so this is the exception: every key is read once and held, 8 million at most, and rows are then read one by one.
 */
export class RowIndex {
  readonly #session: CopySession;
  readonly #tables = new Map<string, Promise<SortedKeys>>();

  constructor(session: CopySession) {
    this.#session = session;
  }

  /**
   * The keys of a table, quoted and qualified, as they were when it was first asked for. @throws AdapterError effect `none`;
   * `too-many-rows`
   */
  async keysOf(table: string): Promise<SortedKeys> {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    const reading = this.#read(table);
    this.#tables.set(table, reading);
    reading.catch(() => this.#tables.delete(table));
    return reading;
  }

  async #read(table: string): Promise<SortedKeys> {
    const sorter = new KeySorter();
    for await (const keys of readKeys(this.#session, table)) {
      await sorter.add(keys);
      const { keys: count, bytes } = sorter.size;
      if (count > ROWS_MAX || bytes > BYTES_MAX) throw tooMany(this.#session, table);
    }
    return sorter.finish();
  }
}

function tooMany({ cluster }: CopySession, table: string): AdapterError {
  return new AdapterError(
    "too-many-rows",
    "none",
    `The cluster ${cluster.name} keeps rows in the order of their hashes (${cluster.partitioner}), and ${table} has more than ${ROWS_MAX} of them, too many to be put in order here. AtlasDB itself wants a byte-ordered partitioner. Nothing was changed in the store.`,
  );
}
