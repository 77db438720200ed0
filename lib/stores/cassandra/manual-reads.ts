import { PUNCH_TABLE } from "#lib/atlasdb/tables.ts";
import { BOUND_KEY, CELLS_MAX } from "#lib/stores/cassandra/decode.ts";
import { literal, qualified, type TableName } from "#lib/stores/cassandra/statements.ts";
import { generationOf } from "#lib/stores/cassandra/versions.ts";

/** The first column of each table of the output: what the table shows. */
export const LABELS = {
  server: "lockstep_server",
  peer: "lockstep_peer",
  table: "lockstep_table",
  cells: "lockstep_key",
  before: "lockstep_before",
  punch: "lockstep_punch",
  end: "lockstep_end",
} as const;

/** How many punches are shown: the newest come first under a byte-ordered partitioner. */
const PUNCHES = 100;

/**
 * Reads the bound with everything that names the store, so that a paste can be checked for being whole. The catalogue is elsewhere in
 * 2.2: while the version is not known both places are asked, and one of them answers with an error.
 */
export function readBoundCql(
  name: TableName,
  level: "SERIAL" | "LOCAL_QUORUM",
  version: string | undefined,
): string[] {
  return [
    ...begin(),
    ...serverLines(),
    `SELECT peer AS ${LABELS.peer}, host_id, data_center FROM system.peers;`,
    ...catalogueLines(name, version),
    `CONSISTENCY ${level};`,
    cellsCql(name, LABELS.cells),
    endLine(),
  ];
}

/** The cells alone, for the eye before a change. */
export function readBeforeCql(name: TableName): string[] {
  return [...begin(), "CONSISTENCY SERIAL;", cellsCql(name, LABELS.before)];
}

/** The newest punches. */
export function readPunchCql(keyspace: string): string[] {
  return [
    ...begin(),
    ...serverLines(),
    "CONSISTENCY LOCAL_QUORUM;",
    `SELECT key AS ${LABELS.punch}, column2, value FROM ${qualified({ keyspace, table: PUNCH_TABLE })} LIMIT ${PUNCHES};`,
    endLine(),
  ];
}

/** Who is connected to the node, on servers that tell. */
export function readSessionsCql(): string[] {
  return [...begin(), "SELECT * FROM system_views.clients;"];
}

function begin(): string[] {
  return ["PAGING OFF;", "EXPAND OFF;", "CONSISTENCY ONE;"];
}

function serverLines(): string[] {
  return [
    `SELECT cluster_name AS ${LABELS.server}, host_id, data_center, release_version, partitioner, now() AS clock FROM system.local WHERE key = 'local';`,
  ];
}

function cellsCql(name: TableName, label: string): string {
  return `SELECT key AS ${label}, column1, column2, value, writetime(value) AS written_at FROM ${qualified(name)} WHERE key = 0x${BOUND_KEY} LIMIT ${CELLS_MAX};`;
}

function catalogueLines({ keyspace, table }: TableName, version: string | undefined): string[] {
  const generation = version === undefined ? null : generationOf(version);
  const old = `SELECT cf_id AS ${LABELS.table} FROM system.schema_columnfamilies WHERE keyspace_name = ${literal(keyspace)} AND columnfamily_name = ${literal(table)};`;
  const current = `SELECT id AS ${LABELS.table} FROM system_schema.tables WHERE keyspace_name = ${literal(keyspace)} AND table_name = ${literal(table)};`;
  if (generation === null) return [current, old];
  return generation === "2.2" ? [old] : [current];
}

function endLine(): string {
  return `SELECT cluster_name AS ${LABELS.end} FROM system.local WHERE key = 'local';`;
}
