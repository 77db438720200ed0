import type { Client } from "pg";

import { encodeVarLong, toHex } from "#lib/atlasdb/encoding.ts";
import { SOME_METADATA } from "#lib/mover/testing-store.ts";
import { withSession } from "#lib/stores/postgres/testing.ts";

/** How the keys of a seeded table lie, by SQL over `i` = 1, 2, 3, … in the order in which the cells were written. */
export const KEYS = {
  hashed: { row: "decode(md5(i::text), 'hex')", column: "'\\x6d65737361676531'::bytea" },
  sequential: { row: "decode(lpad(to_hex(i), 32, '0'), 'hex')", column: "'\\x6d65737361676531'::bytea" },
  prefix: {
    row: "convert_to('tenant/0000000001/stream/' || lpad(i::text, 10, '0'), 'UTF8')",
    column: "'\\x6d65737361676531'::bytea",
  },
  hot: { row: "'\\x686f74'::bytea", column: "decode(md5(i::text), 'hex')" },
} as const;
export type Keys = keyof typeof KEYS;

/** What stands in a store: tables by name with their keys, the cells of each, the versions of a cell. Values have 100 bytes. */
export type StoreSeed = {
  readonly tables: Readonly<Record<string, Keys>>;
  readonly cellsPerTable: number;
  readonly versions: 1 | 2;
};

/** One store for each shape of keys that is asked of the mover. */
export function seedsFor(cells: number): Readonly<Record<string, StoreSeed>> {
  const one = (keys: Keys, versions: 1 | 2 = 1): StoreSeed => ({
    tables: { "bench.cells": keys },
    cellsPerTable: cells,
    versions,
  });
  return {
    "mixed keys": mixedSeed(cells),
    "hashed keys": one("hashed"),
    "sequential keys": one("sequential"),
    "common prefix": one("prefix"),
    "one hot row": one("hot"),
    "two versions a cell": one("hashed", 2),
  };
}

/** Four tables, one for each kind of key: what AtlasDB's own tool was measured on. */
export function mixedSeed(cells: number): StoreSeed {
  return {
    tables: {
      "bench.hashed": "hashed",
      "bench.sequential": "sequential",
      "bench.prefix": "prefix",
      "bench.hot": "hot",
    },
    cellsPerTable: Math.ceil(cells / 4),
    versions: 1,
  };
}

const FIRST_START = 10_000_000;
/** Cells that one transaction wrote. */
const CELLS_PER_START = 10;
/** Starts that were handed out: with its start each transaction has a commit. */
const START_STEP = 10;
/** Of a store with two versions, every hundredth transaction that wrote a newer one has no entry: its older ones count. */
const UNCOMMITTED_EVERY = 100;

/** S of a copy of a seeded store: above all that is in it, and C above S. */
export const BENCH_START = 5_000_000_000_001n;

/** Cells that a copy of the store must come to. */
export function cellsOf({ tables, cellsPerTable }: StoreSeed): number {
  return Object.keys(tables).length * cellsPerTable;
}

/** Versions that a copy of the store reads. */
export function versionsOf(seed: StoreSeed): number {
  return cellsOf(seed) * seed.versions;
}

/** The relation of a seeded table. */
export function relationFor(table: string): string {
  return table.replace(".", "__");
}

/**
 * Fills an empty database with a store as AtlasDB lays it out, rows in the order in which they were written. The key comes after the rows,
 * which is the same to every reader and several times faster.
 */
export async function seedPostgres(url: string, seed: StoreSeed): Promise<void> {
  await withSession(url, async (client) => {
    await client.query("SET synchronous_commit = off; SET max_parallel_maintenance_workers = 1");
    await client.query(
      "CREATE TABLE _metadata (table_name VARCHAR(2000) NOT NULL, table_size BIGINT NOT NULL, value BYTEA, CONSTRAINT pk__metadata PRIMARY KEY (table_name))",
    );
    await client.query("CREATE TABLE _timestamp (last_allocated INT8 NOT NULL)");
    await client.query("INSERT INTO _timestamp VALUES (1000000000)");
    for (const [table, keys] of Object.entries(seed.tables)) await seedTable(client, table, keys, seed);
    await seedTransactions(client, seed);
    await client.query("VACUUM ANALYZE");
    await client.query("CHECKPOINT");
  });
}

async function fill(client: Client, table: string, select: string): Promise<void> {
  const relation = relationFor(table);
  await client.query(
    `CREATE TABLE ${relation} (row_name BYTEA NOT NULL, col_name BYTEA NOT NULL, ts INT8 NOT NULL, val BYTEA)`,
  );
  await client.query(`INSERT INTO ${relation} ${select}`);
  await client.query(
    `ALTER TABLE ${relation} ADD CONSTRAINT pk_${relation} PRIMARY KEY (row_name, col_name, ts)`,
  );
  await client.query("INSERT INTO _metadata VALUES ($1, 3, decode($2, 'hex'))", [
    table,
    toHex(SOME_METADATA),
  ]);
}

async function seedTable(client: Client, table: string, keys: Keys, seed: StoreSeed): Promise<void> {
  const { row, column } = KEYS[keys];
  await fill(
    client,
    table,
    `SELECT ${row}, ${column}, ${FIRST_START} + (((v - 1) * ${seed.cellsPerTable} + i) / ${CELLS_PER_START}) * ${START_STEP},
       decode(repeat(md5((v * 10000000 + i)::text), 6) || '00112233', 'hex')
     FROM generate_series(1, ${seed.versions}) AS v, generate_series(1, ${seed.cellsPerTable}) AS i`,
  );
}

/** As AtlasDB's first schema keeps them: VAR_LONG of the start, VAR_LONG of the commit. Source: atlasdb-facts F.2 */
async function seedTransactions(client: Client, seed: StoreSeed): Promise<void> {
  const transactions = Math.ceil((seed.cellsPerTable * seed.versions) / CELLS_PER_START);
  const last = FIRST_START + (transactions + 1) * START_STEP;
  // Four bytes, the first three bits set: what all of these numbers take.
  if (encodeVarLong(BigInt(FIRST_START)).length !== 4 || encodeVarLong(BigInt(last)).length !== 4) {
    throw new Error(`a store of ${seed.cellsPerTable} cells a table needs other timestamps`);
  }
  const varLong = (value: string) => `decode(to_hex(3758096384 + (${value})), 'hex')`;
  const start = `${FIRST_START} + n * ${START_STEP}`;
  const older = Math.floor(seed.cellsPerTable / CELLS_PER_START);
  await fill(
    client,
    "_transactions",
    `SELECT ${varLong(start)}, '\\x74'::bytea, 0, ${varLong(`${start} + 1`)} FROM generate_series(0, ${transactions}) AS n
     WHERE n <= ${older} OR n % ${UNCOMMITTED_EVERY} <> 0`,
  );
  // Every store of AtlasDB has it; a Cassandra destination needs it to enter S and C.
  await fill(client, "_coordination", "SELECT '\\x'::bytea, '\\x'::bytea, 0, NULL::bytea WHERE false");
}
