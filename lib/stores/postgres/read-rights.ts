import { BOUND_COLUMN, KEPT_COLUMN } from "#lib/stores/decode-bound-table.ts";
import { locate, type Located, type FoundTable } from "#lib/stores/postgres/locate.ts";
import { postgresTimestampTable, TIMESTAMP_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { findTables, readServer, type ServerFacts, sourceOf } from "#lib/stores/postgres/catalog.ts";
import {
  type Connection,
  optional,
  type PostgresTarget,
  readOnly,
  text,
} from "#lib/stores/postgres/connection.ts";
import { accessFindings } from "#lib/stores/postgres/rights-access.ts";
import { replicationFindings } from "#lib/stores/postgres/rights-replication.ts";
import { blocking, pass, warning } from "#lib/stores/postgres/rights-words.ts";
import { isoTime } from "#lib/stores/postgres/sql-time.ts";
import type { RightsReading, StoreFinding } from "#lib/stores/schema.ts";

/**
 * Everything that would make a later write fail or mean less than it says, found while clients still run.
 * @throws AdapterError effect `none` when the store cannot be read at all
 */
export async function readRights(target: PostgresTarget): Promise<RightsReading> {
  return readOnly(target, async (connection) => {
    const facts = await readServer(connection);
    const tables = await findTables(connection, postgresTimestampTable(target.config.tablePrefix));
    const located = tryLocate(target, tables, facts);
    return {
      findings: [
        ...serverFindings(facts),
        ...tableFindings(located, tables, target),
        ...(await neighbourFindings(connection, target, located)),
        ...(located instanceof AdapterError ? [] : await accessFindings(connection, facts, located)),
        ...(await replicationFindings(connection)),
      ],
      facts: [
        { label: "Server version", value: facts.server.version },
        { label: "System identifier", value: facts.system ?? "hidden from our user" },
        { label: "Encoding", value: facts.encoding },
        { label: "Our user", value: facts.user },
        { label: "Search path", value: facts.searchPath },
        { label: "Server clock", value: facts.readAt },
        { label: "In recovery", value: facts.server.inRecovery ? "yes" : "no" },
        { label: "Up since", value: await readStart(connection) },
      ],
      source: sourceOf(target.config),
      readAt: facts.readAt,
    };
  });
}

async function readStart(connection: Connection): Promise<string> {
  const rows = await connection.query(`SELECT ${isoTime("pg_postmaster_start_time()")} AS started`);
  return text(rows[0], "started");
}

function tryLocate(
  target: PostgresTarget,
  tables: readonly FoundTable[],
  facts: ServerFacts,
): Located | AdapterError {
  try {
    return locate(target.config, tables, facts.currentSchema);
  } catch (error) {
    if (error instanceof AdapterError) return error;
    throw error;
  }
}

function serverFindings(facts: ServerFacts): StoreFinding[] {
  return [
    pass("server-version", `Postgres ${facts.server.version} is new enough for AtlasDB (9.6).`),
    facts.server.inRecovery
      ? blocking(
          "in-recovery",
          "This server is a replica in recovery. It can be read, but the bound can only be changed on the primary: give its address.",
        )
      : pass("in-recovery", "The server is a primary."),
    facts.defaultReadOnly
      ? blocking(
          "default-read-only",
          "Transactions of our user are read-only by default (default_transaction_read_only). Turn it off for this user before the migration.",
        )
      : pass("default-read-only", "Our user may write by default."),
    facts.system === null
      ? warning(
          "system-identifier-hidden",
          "The server hides its system identifier from our user, so a swapped server could not be noticed by it. Grant EXECUTE on pg_control_system().",
        )
      : pass("system-identifier-hidden", "The server can be identified."),
  ];
}

function tableFindings(
  located: Located | AdapterError,
  tables: readonly FoundTable[],
  { config }: PostgresTarget,
): StoreFinding[] {
  if (located instanceof AdapterError) return [blocking(located.code, located.message)];
  const name = `${located.schema}.${located.table}`;
  const visible = tables.find((table) => table.visible);
  if (located.found === null) {
    return [
      warning(
        "table-missing",
        `There is no table ${name}. AtlasDB creates it at its first start, so check database, schema and table prefix if the service has run before.`,
      ),
    ];
  }
  if (visible !== undefined && visible.schema !== located.schema) {
    return [
      warning(
        "search-path",
        `The schema ${located.schema} is used as configured, but an unqualified ${located.table} in our session means ${visible.schema}. AtlasDB writes it unqualified: check that the service's search path leads to ${located.schema}.`,
      ),
    ];
  }
  if (visible === undefined && config.schema === undefined) {
    return [
      warning(
        "search-path",
        `${name} is the only table of this name, but it is not on the search path of our user. Check that the service's search path leads to it.`,
      ),
    ];
  }
  const others = tables.filter(({ schema }) => schema !== located.schema).map(({ schema }) => schema);
  if (others.length > 0) {
    return [
      warning(
        "table-elsewhere",
        `${name} is used; a table of the same name is also in ${others.join(", ")}.`,
      ),
    ];
  }
  return [pass("table-found", `The bound is in ${name} (oid ${located.found.oid}).`)];
}

async function neighbourFindings(
  connection: Connection,
  { config }: PostgresTarget,
  located: Located | AdapterError,
): Promise<StoreFinding[]> {
  const own = postgresTimestampTable(config.tablePrefix);
  const rows = await connection.query(
    `SELECT DISTINCT n.nspname::text AS schema, c.relname::text AS name FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('${BOUND_COLUMN}', '${KEPT_COLUMN}') AND NOT a.attisdropped
     WHERE c.relkind = 'r' AND right(c.relname, ${TIMESTAMP_TABLE.length}) = '${TIMESTAMP_TABLE}' AND c.relname <> $1
     ORDER BY 1, 2`,
    [own],
  );
  const names = rows.map((row) => `${text(row, "schema")}.${text(row, "name")}`);
  const wrong = await connection.query(
    "SELECT n.nspname::text AS schema FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'timestamp' AND c.relkind = 'r' ORDER BY 1",
  );
  const schema = optional(wrong[0], "schema");
  return [
    ...(names.length === 0
      ? []
      : [
          warning(
            "other-prefixes",
            `Other AtlasDB stores share this database: ${names.join(", ")}. Check that the prefix ${config.tablePrefix === "" ? "(empty)" : config.tablePrefix} is this service's, and read their sessions as theirs.`,
          ),
        ]),
    ...(schema === null
      ? []
      : [
          warning(
            "table-named-timestamp",
            `There is a table ${schema}.timestamp, as older documents call it. AtlasDB does not use it; the bound is in ${located instanceof AdapterError ? own : `${located.schema}.${located.table}`}, and only that is touched.`,
          ),
        ]),
  ];
}
