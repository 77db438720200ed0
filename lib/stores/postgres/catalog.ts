import { z } from "zod";

import { AdapterError } from "#lib/errors.ts";
import { isoTime } from "#lib/stores/postgres/sql-time.ts";
import { type Connection, flag, optional, text } from "#lib/stores/postgres/connection.ts";
import type { FoundTable, Located } from "#lib/stores/postgres/locate.ts";
import type { PostgresStoreConfig } from "#lib/stores/postgres/schema.ts";
import type { StoreIdentity, StoreServer } from "#lib/stores/schema.ts";

/** Ports, counts and version numbers: far below 2^53. */
export const smallNumber = z.coerce.number().int();

/** AtlasDB refuses older servers. Source: atlasdb-facts D.2 (PostgresVersionCheck) */
export const VERSION_MIN = 90_600;

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
