import { DatabaseError, type Pool } from "pg";

import { fromHex } from "#lib/atlasdb/encoding.ts";
import { METADATA_TABLE, parseTableReference, postgresPhysicalName } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { type CellVersion, KEY_ALREADY_EXISTS } from "#lib/sandbox/service-store.ts";
import { PLAIN_TABLE_METADATA, SYSTEM_TABLES } from "#lib/sandbox/system-tables.ts";

const UNIQUE_VIOLATION = "23505";
const TABLE_SIZE_RAW = 3;

const UTILITY_TABLES = `
  CREATE TABLE IF NOT EXISTS dual (id BIGINT NOT NULL, CONSTRAINT pk_dual PRIMARY KEY (id));
  INSERT INTO dual (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM dual WHERE id = 1);
  CREATE TABLE IF NOT EXISTS ${METADATA_TABLE} (
    table_name VARCHAR(2000) NOT NULL, table_size BIGINT NOT NULL, value BYTEA NULL,
    CONSTRAINT pk_${METADATA_TABLE} PRIMARY KEY (table_name));
  CREATE UNIQUE INDEX IF NOT EXISTS unique_lower_case_${METADATA_TABLE}_index ON ${METADATA_TABLE} (lower(table_name));
  CREATE TABLE IF NOT EXISTS pt_retriable_txn_log_v1 (
    id VARCHAR(36) PRIMARY KEY, created TIMESTAMP DEFAULT CURRENT_TIMESTAMP);`;

/**
 * Creates what a start of AtlasDB creates and then the service's own tables, leaving alone what the catalogue already lists.
 * Source: DBK`impl/postgres/PostgresDdlTable.java`, `PostgresTableInitializer.java`; atlasdb-observed (Postgres stores)
 */
export async function createStoreTables(pool: Pool, userTables: readonly string[]): Promise<void> {
  await pool.query(UTILITY_TABLES);
  const { rows } = await pool.query<{ table_name: string }>(`SELECT table_name FROM ${METADATA_TABLE}`);
  const known = new Set(rows.map((row) => row.table_name.toLowerCase()));
  const wanted = [...SYSTEM_TABLES, ...userTables.map((name) => ({ name, metadata: PLAIN_TABLE_METADATA }))];
  for (const table of wanted.filter(({ name }) => !known.has(name.toLowerCase()))) {
    const physical = physicalName(table.name);
    await pool.query(`CREATE TABLE ${physical} (
      row_name BYTEA NOT NULL, col_name BYTEA NOT NULL, ts INT8 NOT NULL, val BYTEA NULL,
      CONSTRAINT pk_${physical} PRIMARY KEY (row_name, col_name, ts))`);
    await pool.query(`INSERT INTO ${METADATA_TABLE} (table_name, table_size) VALUES ($1, $2)`, [
      table.name,
      TABLE_SIZE_RAW,
    ]);
    await pool.query(`UPDATE ${METADATA_TABLE} SET value = $1 WHERE table_name = $2`, [
      Buffer.from(fromHex(table.metadata)),
      table.name,
    ]);
  }
}

/**
 * Writes one version; writing the same again is accepted, another value at the same place is not.
 * @throws AdapterError `key-already-exists`. Source: atlasdb-facts D.2 (put)
 */
export async function putCell(pool: Pool, table: string, cell: CellVersion): Promise<void> {
  if (await insertCell(pool, table, cell)) return;
  const { rows } = await pool.query<{ val: Buffer | null }>(
    `SELECT val FROM ${physicalName(table)} WHERE row_name = $1 AND col_name = $2 AND ts = $3`,
    [Buffer.from(cell.row), Buffer.from(cell.column), cell.timestamp.toString()],
  );
  const stored = rows[0]?.val;
  if (stored && Buffer.compare(stored, Buffer.from(cell.value)) === 0) return;
  throw keyAlreadyExists(table, cell);
}

/** Writes many versions at once, none of which may be there yet. */
export async function putCells(pool: Pool, table: string, cells: readonly CellVersion[]): Promise<void> {
  await pool.query(
    `INSERT INTO ${physicalName(table)} (row_name, col_name, ts, val)
     SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::int8[], $4::bytea[])`,
    [
      cells.map(({ row }) => Buffer.from(row)),
      cells.map(({ column }) => Buffer.from(column)),
      cells.map(({ timestamp }) => timestamp.toString()),
      cells.map(({ value }) => Buffer.from(value)),
    ],
  );
}

/** Writes one version where there is none. @throws AdapterError `key-already-exists`. Source: atlasdb-facts D.2 (putUnlessExists) */
export async function putUnlessExists(pool: Pool, table: string, cell: CellVersion): Promise<void> {
  if (!(await insertCell(pool, table, cell))) throw keyAlreadyExists(table, cell);
}

/** The relation of a qualified table name in a store without prefix. */
export function physicalName(qualified: string): string {
  return postgresPhysicalName("", parseTableReference(qualified));
}

async function insertCell(pool: Pool, table: string, cell: CellVersion): Promise<boolean> {
  try {
    await pool.query(
      `INSERT INTO ${physicalName(table)} (row_name, col_name, ts, val) VALUES ($1, $2, $3, $4)`,
      [Buffer.from(cell.row), Buffer.from(cell.column), cell.timestamp.toString(), Buffer.from(cell.value)],
    );
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) return false;
    throw error;
  }
}

function keyAlreadyExists(table: string, cell: CellVersion): AdapterError {
  return new AdapterError(
    KEY_ALREADY_EXISTS,
    "none",
    `A cell of ${table} at timestamp ${cell.timestamp} was written before: this timestamp has been issued twice`,
  );
}
