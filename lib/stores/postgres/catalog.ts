import { z } from "zod";

import { AdapterError } from "#lib/errors.ts";
import { postgresTimestampTable } from "#lib/atlasdb/tables.ts";
import { type Connection, flag, optional, text } from "#lib/stores/postgres/connection.ts";
import type { PostgresStoreConfig } from "#lib/stores/postgres/schema.ts";
import type { StoreIdentity, StoreServer } from "#lib/stores/schema.ts";

/** Ports, counts and version numbers: far below 2^53. */
export const smallNumber = z.coerce.number().int();

/** AtlasDB refuses older servers. Source: atlasdb-facts D.2 (PostgresVersionCheck) */
export const VERSION_MIN = 90_600;

/** ISO 8601 in UTC with microseconds, by the server's clock, as SQL. */
export function isoTime(expression: string): string {
  return `to_char((${expression}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** What the server says of itself and of our session. */
export type ServerFacts = {
  readonly server: StoreServer;
  readonly versionNumber: number;
  readonly system: string | null;
  readonly database: string;
  readonly encoding: string;
  readonly user: string;
  readonly currentSchema: string | null;
  readonly searchPath: string;
  readonly defaultReadOnly: boolean;
  readonly readAt: string;
};

const SERVER_SQL = `
  SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
    pg_is_in_recovery()::text AS recovery, host(inet_server_addr()) AS address, inet_server_port()::text AS port,
    current_database()::text AS database, current_setting('server_encoding') AS encoding, current_user::text AS "user",
    current_schema()::text AS schema, current_setting('search_path') AS path,
    current_setting('default_transaction_read_only') AS read_only,
    has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text AS may_identify,
    ${isoTime("clock_timestamp()")} AS read_at`;

/** Reads the facts of the server. @throws AdapterError `unsupported-version` below 9.6 */
export async function readServer(connection: Connection): Promise<ServerFacts> {
  const number = (await connection.query("SELECT current_setting('server_version_num') AS number"))[0];
  const versionNumber = smallNumber.parse(text(number, "number"));
  if (versionNumber < VERSION_MIN) {
    throw new AdapterError(
      "unsupported-version",
      "none",
      "The server is older than Postgres 9.6, which AtlasDB refuses too. Upgrade it first. Nothing was changed in the store.",
    );
  }
  const row = (await connection.query(SERVER_SQL))[0];
  const port = optional(row, "port");
  return {
    server: {
      address: optional(row, "address"),
      port: port === null ? null : smallNumber.parse(port),
      version: text(row, "version"),
      inRecovery: flag(row, "recovery"),
    },
    versionNumber,
    system: flag(row, "may_identify") ? await readSystemIdentifier(connection) : null,
    database: text(row, "database"),
    encoding: text(row, "encoding"),
    user: text(row, "user"),
    currentSchema: optional(row, "schema"),
    searchPath: text(row, "path"),
    defaultReadOnly: text(row, "read_only") === "on",
    readAt: text(row, "read_at"),
  };
}

async function readSystemIdentifier(connection: Connection): Promise<string> {
  const rows = await connection.query(
    "SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()",
  );
  return text(rows[0], "id");
}

/** A relation that bears the name of the timestamp table. `visible`: an unqualified name in our session means this one. */
export type FoundTable = {
  readonly schema: string;
  readonly table: string;
  readonly oid: string;
  readonly relationKind: string;
  readonly visible: boolean;
};

/** Every relation of this name in the database, system and temporary schemas apart. */
export async function findTables(connection: Connection, table: string): Promise<readonly FoundTable[]> {
  const rows = await connection.query(
    `SELECT n.nspname::text AS schema, c.relname::text AS name, c.oid::text AS oid, c.relkind::text AS kind,
       pg_table_is_visible(c.oid)::text AS visible
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
     ORDER BY n.nspname`,
    [table],
  );
  return rows.map((row) => ({
    schema: text(row, "schema"),
    table: text(row, "name"),
    oid: text(row, "oid"),
    relationKind: text(row, "kind"),
    visible: flag(row, "visible"),
  }));
}

/** Where the bound is, or would be created. */
export type Located = { readonly schema: string; readonly table: string; readonly found: FoundTable | null };

/**
 * Pins schema and table: the configured schema; else the only schema that has the table; else, with no such table anywhere, the schema
 * in which AtlasDB would create it.
 * @throws AdapterError `table-ambiguous` when several schemas have the table and none is configured, `schema-missing` when there is none
 */
export function locate(
  config: Pick<PostgresStoreConfig, "schema" | "tablePrefix">,
  tables: readonly FoundTable[],
  currentSchema: string | null,
): Located {
  const table = postgresTimestampTable(config.tablePrefix);
  if (config.schema !== undefined) {
    const found = tables.find(({ schema }) => schema === config.schema) ?? null;
    return { schema: config.schema, table, found };
  }
  const [first, ...others] = tables;
  if (first !== undefined && others.length > 0) throw ambiguous(table, tables);
  if (first !== undefined) return { schema: first.schema, table, found: first };
  if (currentSchema === null) {
    throw new AdapterError(
      "schema-missing",
      "none",
      `There is no table ${table}, and the search path of our user leads to no schema where it could be. Name the schema. Nothing was changed in the store.`,
    );
  }
  return { schema: currentSchema, table, found: null };
}

function ambiguous(table: string, tables: readonly FoundTable[]): AdapterError {
  const schemas = tables.map(({ schema, visible }) =>
    visible ? `${schema} (first on our search path)` : schema,
  );
  return new AdapterError(
    "table-ambiguous",
    "none",
    `Several schemas have a table ${table}: ${schemas.join(", ")}. Name the schema that the service uses. Nothing was changed in the store.`,
  );
}

/** The identity that a migration pins. */
export function identityOf(facts: ServerFacts, located: Located): StoreIdentity {
  return {
    kind: "postgres",
    system: facts.system,
    database: facts.database,
    schema: located.schema,
    table: located.table,
    tableId: located.found?.oid ?? null,
  };
}

/** Where a reading comes from, in one line without secrets. */
export function sourceOf(
  config: PostgresStoreConfig,
  located?: { readonly schema: string; readonly table: string },
): string {
  const server = `postgres ${config.user}@${config.host}:${config.port}/${config.database}`;
  return located === undefined ? server : `${server} ${located.schema}.${located.table}`;
}
