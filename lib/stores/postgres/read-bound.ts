import { locate, type Located } from "#lib/stores/postgres/locate.ts";
import {
  findTables,
  identityOf,
  readServer,
  type ServerFacts,
  sourceOf,
} from "#lib/stores/postgres/catalog.ts";
import {
  type Connection,
  optional,
  type PostgresTarget,
  readOnly,
  text,
} from "#lib/stores/postgres/connection.ts";
import {
  BOUND_COLUMN,
  KEPT_COLUMN,
  BOUND_ROWS_MAX,
  decodeBound,
  rawCells,
  type TableContent,
} from "#lib/stores/decode-bound-table.ts";
import { identifier, qualified } from "#lib/stores/postgres/statements.ts";
import { postgresTimestampTable } from "#lib/atlasdb/tables.ts";
import type { BoundReading } from "#lib/stores/schema.ts";

/** The server and where the bound is, found anew in the given transaction. */
export type Site = { readonly facts: ServerFacts; readonly located: Located };

/** Finds server and table. @throws AdapterError as `readServer` and `locate` */
export async function readSite(connection: Connection, { config }: PostgresTarget): Promise<Site> {
  const facts = await readServer(connection);
  const tables = await findTables(connection, postgresTimestampTable(config.tablePrefix));
  return { facts, located: locate(config, tables, facts.currentSchema) };
}

/** Columns and rows of the located table; null without a table. The caller's lock keeps the two in agreement. */
export async function readContent(connection: Connection, located: Located): Promise<TableContent | null> {
  const { found } = located;
  if (found === null) return null;
  const columns = await readColumns(connection, found.oid);
  const ours = columns
    .map(({ name }) => name)
    .filter((name) => name === BOUND_COLUMN || name === KEPT_COLUMN);
  const rows = found.relationKind === "r" && ours.length > 0 ? await readRows(connection, located, ours) : [];
  return { relationKind: found.relationKind, columns, rows };
}

async function readColumns(connection: Connection, oid: string) {
  const rows = await connection.query(
    `SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [oid],
  );
  return rows.map((row) => ({ name: text(row, "name"), type: text(row, "type") }));
}

async function readRows(connection: Connection, located: Located, columns: readonly string[]) {
  const list = columns.map((column) => `${identifier(column)}::text AS ${identifier(column)}`).join(", ");
  const order = columns.map((column) => `t.${identifier(column)} DESC NULLS LAST`).join(", ");
  const rows = await connection.query(
    `SELECT ${list} FROM ${qualified(located)} t ORDER BY ${order} LIMIT ${BOUND_ROWS_MAX}`,
  );
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, optional(row, column)])));
}

/**
 * The state of the bound on a connection of its own, in one read-only transaction. An ACCESS SHARE lock, which AtlasDB's own statements
 * do not notice, keeps a rename from coming between columns and rows.
 * @throws AdapterError effect `none`; `lock-timeout` while somebody is changing the table
 */
export async function readBound(target: PostgresTarget): Promise<BoundReading> {
  return readOnly(target, async (connection) => {
    const before = await readSite(connection, target);
    if (before.located.found?.relationKind === "r") {
      await connection.execute(`LOCK TABLE ${qualified(before.located)} IN ACCESS SHARE MODE`);
    }
    // Waiting for the lock may have outlived a drop and create of the table.
    const { facts, located } = before.located.found === null ? before : await readSite(connection, target);
    const content = await readContent(connection, located);
    return {
      state: decodeBound(content),
      tr: null,
      identity: identityOf(facts, located),
      server: facts.server,
      view: facts.server.inRecovery ? "replica" : "primary",
      raw: content === null ? [] : rawCells(content),
      source: sourceOf(target.config, located),
      provenance: "observed",
      readAt: facts.readAt,
    };
  });
}
