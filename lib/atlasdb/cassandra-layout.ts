import { readTableMetadata, type TableMetadata } from "#lib/atlasdb/table-metadata.ts";
import {
  internalTableName,
  METADATA_TABLE,
  parseTableReference,
  TIMESTAMP_TABLE,
} from "#lib/atlasdb/tables.ts";

/** Longest table name of Cassandra, in characters; a longer one fails AtlasDB's own setup too. Source: atlasdb-facts E.1, atlasdb-observed */
export const CASSANDRA_NAME_MAX = 48;

/** The column of a table's entry in `_metadata`: `m`. Source: atlasdb-facts E.4 */
export const METADATA_COLUMN = Uint8Array.of(0x6d);

/** Tables that AtlasDB keeps beside a Cassandra store and does not list; so does every name that starts with `_locks`. Source: atlasdb-facts E.4 */
export const CASSANDRA_HIDDEN_TABLES = [
  TIMESTAMP_TABLE,
  METADATA_TABLE,
  "_persisted_locks",
  "sweep.progress",
  "_sweep_progress1_5",
  "_sweep_progress2",
] as const;

/** True if AtlasDB would not list the table, by its qualified name. Case does not matter. Source: atlasdb-facts 0.12, E.4 */
export function isHiddenInCassandra(qualified: string): boolean {
  const name = qualified.toLowerCase();
  return name.startsWith("_locks") || CASSANDRA_HIDDEN_TABLES.some((hidden) => hidden === name);
}

/** The table of a keyspace that holds `ns.table`, its case kept. Source: atlasdb-facts E.1 */
export function cassandraPhysicalName(qualified: string): string {
  return internalTableName(parseTableReference(qualified));
}

/** The qualified name of a table of a keyspace: its first `__` stands for a dot, unless it starts with `_`. Source: atlasdb-facts E.1 */
export function cassandraQualifiedName(physical: string): string {
  if (physical.startsWith("_")) return physical;
  return physical.replace("__", ".");
}

/** The row of a table's entry in `_metadata`: its qualified name in lower case. Source: atlasdb-facts E.4, golden cassandra/*.cql.jsonl */
export function metadataRow(qualified: string): Uint8Array {
  return new TextEncoder().encode(qualified.toLowerCase());
}

/** The clustering column `column2` of a version: the complement, so that the newest comes first. Its own inverse. Source: atlasdb-facts E.3 */
export function column2Of(timestamp: bigint): bigint {
  return ~timestamp;
}

/**
 * The options of a table that depend on its metadata. `bloomFilter` is the chance of a false positive, as CQL text; `chunkKb` the
 * compression block; `indexInterval` least and most. Source: atlasdb-facts E.2 (ColumnFamilyDefinitions, CassandraTableOptions)
 */
export type CassandraTableOptions = {
  readonly compaction: "LeveledCompactionStrategy" | "SizeTieredCompactionStrategy";
  readonly bloomFilter: "0.0001" | "0.01" | "0.1";
  readonly chunkKb: number;
  readonly indexInterval: readonly [least: number, most: number];
};

const DEFAULT_CHUNK_KB = 4;

/** The options with which AtlasDB creates a table of that metadata; of none for AtlasDB's own `_metadata`. @throws AppError `invalid` */
export function cassandraTableOptions(metadata: Uint8Array): CassandraTableOptions {
  if (metadata.length === 0) return PLAIN_TABLE;
  const read = readTableMetadata(metadata);
  return {
    compaction: read.appendHeavyAndReadLight ? "SizeTieredCompactionStrategy" : "LeveledCompactionStrategy",
    bloomFilter: bloomFilter(read),
    chunkKb: read.compressionBlockSizeKb === 0 ? DEFAULT_CHUNK_KB : read.compressionBlockSizeKb,
    indexInterval: read.denselyAccessedWideRows ? [1, 1] : [128, 2048],
  };
}

/** What a table has whose metadata asks for nothing, or that has none. */
export const PLAIN_TABLE: CassandraTableOptions = {
  compaction: "LeveledCompactionStrategy",
  bloomFilter: "0.1",
  chunkKb: DEFAULT_CHUNK_KB,
  indexInterval: [128, 2048],
};

function bloomFilter(metadata: TableMetadata): CassandraTableOptions["bloomFilter"] {
  if (metadata.denselyAccessedWideRows) return "0.0001";
  if (metadata.appendHeavyAndReadLight) return metadata.negativeLookups ? "0.0001" : "0.01";
  return metadata.negativeLookups ? "0.01" : "0.1";
}
