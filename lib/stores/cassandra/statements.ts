import { createHash } from "node:crypto";

import { PLAIN_TABLE } from "#lib/atlasdb/cassandra-layout.ts";
import { InvariantError } from "#lib/errors.ts";
import {
  BOUND_KEY,
  boundValue,
  type Cell,
  CELLS_MAX,
  CLEARED_VALUE,
  COLUMN2,
  type ColumnName,
  COLUMNS,
  INVALID_VALUE,
  valueOf,
} from "#lib/stores/cassandra/decode.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** A table by its keyspace and name, as Cassandra holds them. */
export type TableName = { readonly keyspace: string; readonly table: string };

/** Quotes an identifier, so that its case is kept and nothing in it can end it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table's quoted and qualified name. */
export function qualified({ keyspace, table }: TableName): string {
  return `${identifier(keyspace)}.${identifier(table)}`;
}

/** Quotes a text. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Reads every cell of the row `ts`. 2.2 wants the `AS`. */
export function readCellsCql(name: TableName): string {
  return `SELECT column1, column2, value, writetime(value) AS written_at FROM ${qualified(name)} WHERE key = 0x${BOUND_KEY} LIMIT ${CELLS_MAX}`;
}

/**
 * The one conditional batch that turns the cells which were read into a state: the row `ts`, both cells, each guarded by the exact bytes
 * that it had (or by being absent). Null where the state cannot be written. Source: atlasdb-facts C (invalidation write), H20
 */
export function batchCql(name: TableName, cells: readonly Cell[], after: BoundState): string | null {
  const values = valuesOf(after);
  if (values === null) return null;
  const tr = valueOf(cells, "tr");
  const statements = [
    conditionalCql(name, "ts", valueOf(cells, "ts"), values.ts),
    conditionalCql(name, "oldTs", valueOf(cells, "oldTs"), values.oldTs),
    // Written as it stands, so that a repair that takes its value from here is guarded by it too.
    ...(tr === null ? [] : [conditionalCql(name, "tr", tr, tr)]),
  ];
  return ["BEGIN UNLOGGED BATCH", ...statements.map((one) => `  ${one};`), "APPLY BATCH"].join("\n");
}

/** The values of both cells in a state that we write. */
export function valuesOf(state: BoundState): { readonly ts: string; readonly oldTs: string } | null {
  if (state.state === "readable") return { ts: boundValue(state.bound), oldTs: CLEARED_VALUE };
  if (state.state === "invalidated") return { ts: INVALID_VALUE, oldTs: boundValue(state.kept) };
  return null;
}

/** Gives one cell other bytes, on the condition that it has these, or is absent. */
export function conditionalCql(
  name: TableName,
  column: ColumnName,
  before: string | null,
  after: string,
): string {
  const key = `0x${BOUND_KEY}`;
  const column1 = `0x${COLUMNS[column]}`;
  if (before === null) {
    return `INSERT INTO ${qualified(name)} (key, column1, column2, value) VALUES (${key}, ${column1}, ${COLUMN2}, 0x${after}) IF NOT EXISTS`;
  }
  return `UPDATE ${qualified(name)} SET value = 0x${after} WHERE key = ${key} AND column1 = ${column1} AND column2 = ${COLUMN2} IF value = 0x${before}`;
}

/** The table id that AtlasDB gives: a version 3 UUID of `keyspace.table`. Source: atlasdb-facts E.2, I */
export function tableId({ keyspace, table }: TableName): string {
  const digest = createHash("md5").update(`${keyspace}.${table}`, "utf8").digest();
  digest[6] = (requireByte(digest[6]) & 0x0f) | 0x30;
  digest[8] = (requireByte(digest[8]) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function requireByte(byte: number | undefined): number {
  if (byte === undefined) throw new InvariantError("an MD5 digest has 16 bytes");
  return byte;
}

/**
 * Creates a table as AtlasDB does, by default one like the timestamp table. From 3.0 on the compression is named otherwise, and from 4.0 on
 * the read-repair chances are gone. Source: atlasdb-facts E.2, golden cassandra/source.schema.cql
 */
export function createTableCql(
  name: TableName,
  generation: Generation,
  { compaction, bloomFilter, chunkKb, indexInterval: [least, most] } = PLAIN_TABLE,
): string {
  const compressor =
    generation === "2.2"
      ? `{'sstable_compression': 'org.apache.cassandra.io.compress.LZ4Compressor', 'chunk_length_kb': '${chunkKb}'}`
      : `{'class': 'org.apache.cassandra.io.compress.LZ4Compressor', 'chunk_length_in_kb': '${chunkKb}'}`;
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified(name)} (key blob, column1 blob, column2 bigint, value blob, PRIMARY KEY (key, column1, column2))`,
    `WITH COMPACT STORAGE AND CLUSTERING ORDER BY (column1 ASC, column2 ASC)`,
    `AND ID = ${generation === "2.2" ? literal(tableId(name)) : tableId(name)}`,
    `AND compaction = {'class': 'org.apache.cassandra.db.compaction.${compaction}'}`,
    `AND compression = ${compressor}`,
    "AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}",
    `AND bloom_filter_fp_chance = ${bloomFilter} AND gc_grace_seconds = 3600`,
    `AND min_index_interval = ${least} AND max_index_interval = ${most}`,
    "AND speculative_retry = 'NONE'",
    ...(generation === "4+" ? [] : ["AND dclocal_read_repair_chance = 0.0 AND read_repair_chance = 0.0"]),
  ].join(" ");
}

/** How the server's catalogue and options are shaped. */
export type Generation = "2.2" | "3" | "4+";
