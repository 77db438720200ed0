import { AdapterError } from "#lib/errors.ts";
import type { CellBlock } from "#lib/mover/cell-block.ts";
import type { CellSink, ShardWriter } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { compareKeys, type KeyRange } from "#lib/mover/key-range.ts";
import type { Checkpoint, ShardLease } from "#lib/mover/ledger.ts";
import type { StoreTable } from "#lib/mover/store-table.ts";
import { cellsOf, modelCommits, versionBlocks } from "#lib/mover/testing-cells.ts";
import type { ModelStore, ModelTable, ModelVersion } from "#lib/mover/testing-store.ts";

/** Called before each thing a store does; throws to make it fail. */
export type Fault = (what: "read" | "write" | "commit" | "commit-answer" | "open") => void;

const NO_FAULT: Fault = () => undefined;

/** A source that is a model store. Cuts tables at every `cutEvery`-th cell. */
export class MemorySource implements CellSource {
  readonly commits;
  readonly #store: ModelStore;
  readonly #fault: Fault;
  readonly #cutEvery: number;

  constructor(
    store: ModelStore,
    { fault = NO_FAULT, cutEvery = 5 }: { fault?: Fault; cutEvery?: number } = {},
  ) {
    this.#store = store;
    this.#fault = fault;
    this.#cutEvery = cutEvery;
    this.commits = modelCommits(store, false);
  }

  async listTables(): Promise<readonly StoreTable[]> {
    return this.#store.tables.map(({ name, metadata }) => ({
      name,
      physicalName: name,
      metadata: Buffer.from(metadata),
    }));
  }

  async planCuts(table: string) {
    const { versions } = this.#table(table);
    const places = versions
      .filter((_, index) => index % this.#cutEvery === this.#cutEvery - 1)
      .map(({ row, column }) => ({ row: Buffer.from(row), column: Buffer.from(column) }));
    return { estimate: { versions: versions.length, bytes: null }, places };
  }

  async *readVersions(table: string, range: KeyRange): AsyncGenerator<CellBlock> {
    const { versions, ...rest } = this.#table(table);
    const inside = { ...rest, versions: versions.filter((version) => isInside(version, range)) };
    for (const block of versionBlocks(inside, [3, 1, 2])) {
      this.#fault("read");
      yield block;
    }
  }

  async holdsCells(table: string): Promise<boolean> {
    return this.#table(table).versions.length > 0;
  }

  async close(): Promise<void> {}

  #table(name: string): ModelTable {
    const found = this.#store.tables.find((table) => table.name === name);
    if (found === undefined) throw new AdapterError("table-missing", "none", name);
    return found;
  }
}

function isInside({ row, column }: ModelVersion, { from, to }: KeyRange): boolean {
  const key = { row: Buffer.from(row), column: Buffer.from(column) };
  return (from === null || compareKeys(from, key) <= 0) && (to === null || compareKeys(key, to) < 0);
}

/**
 * A destination in memory. `keepsCheckpoints` true: as Postgres, a chunk and its checkpoint at once, a cell twice is an error, older attempts
 * are fenced off. False: as Cassandra, every write is there at once, twice the same is once.
 */
export class MemorySink implements CellSink {
  readonly keepsCheckpoints: boolean;
  readonly tables = new Map<string, StoreTable>();
  readonly transactions = new Map<bigint, bigint>();
  readonly #cells = new Map<string, Map<string, ModelVersion>>();
  readonly #checkpoints = new Map<number, Checkpoint>();
  readonly #attempts = new Map<number, number>();
  readonly #fault: Fault;

  constructor(keepsCheckpoints: boolean, fault: Fault = NO_FAULT) {
    this.keepsCheckpoints = keepsCheckpoints;
    this.#fault = fault;
  }

  /** What it holds, as a store whose every start is committed. */
  asModel(start: bigint): ModelStore {
    const tables = [...this.tables.values()].map(({ name, metadata }) => ({
      name,
      metadata,
      versions: [...(this.#cells.get(name)?.values() ?? [])],
    }));
    return { tables, mapping: [], transactions: new Map([[start, { commit: start + 1n, staged: false }]]) };
  }

  /** Changes what it holds, for comparisons that must find it. */
  edit(table: string, change: (cells: Map<string, ModelVersion>) => void): void {
    change(this.#of(table));
  }

  async listTables(): Promise<readonly StoreTable[]> {
    return [...this.tables.values()];
  }

  checkTables(): void {}

  async createTables(tables: Parameters<CellSink["createTables"]>[0]): Promise<void> {
    for (const { name, metadata } of tables) this.tables.set(name, { name, physicalName: name, metadata });
  }

  async dropTables(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.tables.delete(name);
      this.#cells.delete(name);
    }
  }

  async putCommit(start: bigint, commit: bigint): Promise<bigint> {
    const present = this.transactions.get(start) ?? commit;
    this.transactions.set(start, present);
    return present;
  }

  async openShard(lease: ShardLease): Promise<ShardWriter> {
    this.#fault("open");
    const newest = this.#attempts.get(lease.shard.id) ?? 0;
    if (this.keepsCheckpoints && newest > lease.attempt) throw lost();
    this.#attempts.set(lease.shard.id, lease.attempt);
    const pending: ModelVersion[] = [];
    return {
      recorded: this.keepsCheckpoints ? (this.#checkpoints.get(lease.shard.id) ?? null) : null,
      write: async (block) => {
        this.#fault("write");
        const cells = cellsOf([block]);
        if (this.keepsCheckpoints) pending.push(...cells);
        else this.#put(lease.shard.table, cells);
      },
      commit: async (checkpoint) => {
        this.#fault("commit");
        if (this.keepsCheckpoints) {
          if (this.#attempts.get(lease.shard.id) !== lease.attempt) throw lost();
          this.#put(lease.shard.table, pending.splice(0));
          this.#checkpoints.set(lease.shard.id, checkpoint);
        }
        this.#fault("commit-answer");
      },
      close: async () => undefined,
    };
  }

  async forget(): Promise<void> {
    this.#checkpoints.clear();
  }

  async close(): Promise<void> {}

  #of(table: string): Map<string, ModelVersion> {
    const cells = this.#cells.get(table) ?? new Map<string, ModelVersion>();
    this.#cells.set(table, cells);
    return cells;
  }

  #put(table: string, versions: readonly ModelVersion[]): void {
    const cells = this.#of(table);
    for (const version of versions) {
      const key = `${Buffer.from(version.row).toString("hex")}/${Buffer.from(version.column).toString("hex")}/${version.timestamp}`;
      const present = cells.get(key);
      if (present !== undefined && this.keepsCheckpoints) throw new Error(`the cell ${key} was copied twice`);
      if (present !== undefined && !Buffer.from(present.value).equals(version.value)) {
        throw new Error(`the cell ${key} was copied with another value`);
      }
      cells.set(key, version);
    }
  }
}

function lost(): AdapterError {
  return new AdapterError("lease-lost", "none", "lost");
}
