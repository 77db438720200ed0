import type { CellBlock } from "#lib/mover/cell-block.ts";
import type { CellKey, KeyRange } from "#lib/mover/key-range.ts";
import type { StoreTable, TableEstimate } from "#lib/mover/store-table.ts";
import { LONG_MIN } from "#lib/timestamps/long.ts";

/** A commit timestamp's place for a transaction without one: in progress, or its writer died. */
export const IN_PROGRESS = LONG_MIN;

/** A commit timestamp's place for a transaction that was rolled back. */
export const ABORTED = -1n;

/** Entries of the transactions table, aligned by index: a start, and its commit timestamp, `ABORTED` or `IN_PROGRESS`. */
export type CommitBatch = { readonly starts: BigInt64Array; readonly commits: BigInt64Array };

/** A store's own record of which transactions committed, in whatever schema it keeps it. Reads only: nothing is rolled back. */
export interface CommitReader {
  /** How many entries there may be; null where the store cannot tell. */
  estimateEntries(): Promise<number | null>;
  /** Every entry, in any order, a few thousand a batch. */
  readAll(): AsyncIterable<CommitBatch>;
  /**
   * The commits of these starts, aligned by index; `IN_PROGRESS` where there is no entry. A staging entry of schema 3 counts as
   * what it says, because AtlasDB's next reader settles it so (facts F.2).
   * Called with at most a few thousand distinct starts, all at least 1. @throws AdapterError effect `none`
   */
  lookUp(starts: BigInt64Array): Promise<BigInt64Array>;
}

/** Where a table may be cut so that shards are about the size asked for, and how large it may be. */
export type TableCuts = { readonly estimate: TableEstimate; readonly places: readonly CellKey[] };

/** How large a shard is meant to be, and how many a table may have at most. */
export type ShardSize = { readonly bytes: number; readonly shardsMax: number };

/**
 * A store that is read, never written. One instance serves any number of reads at once.
 * All methods throw AdapterError effect `none` when the store fails.
 */
export interface CellSource {
  /** The catalogue: every table with its metadata, AtlasDB's own included, in any order. An empty store has none. */
  listTables(): Promise<readonly StoreTable[]>;
  /** Places from statistics or samples, in any order; none at all is right, only slower. Never reads the whole table. */
  planCuts(table: string, size: ShardSize): Promise<TableCuts>;
  /**
   * Every version of every cell in the range, tombstones (empty values) and sentinels (timestamp -1) included: cells in the order of
   * their keys, the versions of a cell newest first. A cell may run on over block borders. Blocks have 64 KB to 1 MB, or one record.
   * Holds at most a few blocks in memory however slowly it is consumed, and frees all it holds when the consumer stops early (`return`).
   */
  readVersions(table: string, range: KeyRange): AsyncIterable<CellBlock>;
  /**
   * Tells which tables will be read, in about this order. A source that has to put tables in order itself reads the next one while the one before
   * is in use; others have no use for it.
   */
  readAhead?(tables: readonly string[]): void;
  /** Whether the table holds any version of any cell, read now and at no cost, however large it is. */
  holdsCells(table: string): Promise<boolean>;
  /** The transactions of this store. */
  readonly commits: CommitReader;
  /** Ends all connections. */
  close(): Promise<void>;
}
