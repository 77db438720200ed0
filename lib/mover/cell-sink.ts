import type { CellBlock } from "#lib/mover/cell-block.ts";
import type { Checkpoint, ShardLease } from "#lib/mover/ledger.ts";
import type { NewTable, StoreTable } from "#lib/mover/store-table.ts";

/** How one shard's cells get into the destination. Used by one caller, one call at a time. */
export interface ShardWriter {
  /**
   * The newest checkpoint that the destination itself holds for this shard, where it keeps them in the transaction of the data (Postgres);
   * it outranks the ledger's. Null where it has none yet, or never keeps any (Cassandra: the ledger's counts).
   */
  readonly recorded: Checkpoint | null;
  /**
   * Takes a block of cells, all at S and in key order; resolves when there is room for the next one. Not durable before `commit`.
   * @throws AdapterError
   */
  write(block: CellBlock): Promise<void>;
  /**
   * Makes everything since the last commit durable, and, where the destination keeps checkpoints, records this one with it in one go.
   * When it resolves the cells are there. @throws AdapterError code `lease-lost` effect `none` when a newer attempt holds the shard;
   * effect `unknown` when it is not known whether it happened: open the shard again and look at `recorded`.
   */
  commit(checkpoint: Checkpoint): Promise<void>;
  /** Gives up whatever was not committed, and frees what the writer holds. Safe at any time, also after errors and twice. */
  close(): Promise<void>;
}

/** A store that is written. Every data cell is written at S, in the store's own conventions (Cassandra: `USING TIMESTAMP S`). */
export interface CellSink {
  /** Whether checkpoints are kept in the destination, in the transaction of the data; else the ledger's are the only ones. */
  readonly keepsCheckpoints: boolean;
  /** As of `CellSource`. */
  listTables(): Promise<readonly StoreTable[]>;
  /**
   * Refuses tables that this store cannot hold, before anything of it is dropped: names too long or falling together, metadata that is needed
   * and cannot be read. Reads and changes nothing. @throws AdapterError effect `none`
   */
  checkTables(tables: readonly NewTable[]): void;
  /** Creates tables as AtlasDB does, with identical metadata bytes; one that exists with the same bytes is left alone. */
  createTables(tables: readonly NewTable[]): Promise<void>;
  /**
   * Drops tables of these qualified names and their catalogue rows; missing ones are skipped. Begins anew: where the destination keeps
   * checkpoints, nothing that an earlier copy has not committed yet can be written any more, whoever wakes up to write it.
   */
  dropTables(names: readonly string[]): Promise<void>;
  /**
   * Puts (start, commit) into the transactions table by the destination's own rules, if there is no entry, and gives what is there when
   * read back. The caller compares. @throws AdapterError
   */
  putCommit(start: bigint, commit: bigint): Promise<bigint>;
  /**
   * Opens a shard for writing under this lease; from then on no older attempt can commit anything to it.
   * @throws AdapterError code `lease-lost` when the destination knows a newer attempt; `set-up-anew` when another copy took its place
   */
  openShard(lease: ShardLease): Promise<ShardWriter>;
  /**
   * Removes what was kept beside the data for the copy at this start, once no copy at it will ever go on; whoever still wants to write at it is
   * refused from then on. Leaves alone what belongs to another copy. Does nothing where nothing is kept, and when called again. @throws AdapterError
   */
  forget(start: bigint): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
}
