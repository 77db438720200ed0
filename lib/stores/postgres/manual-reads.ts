import { isoTime } from "#lib/stores/postgres/sql-time.ts";
import { literal, qualified, type TableName } from "#lib/stores/postgres/statements.ts";

/**
 * Reads one line a fact, each `lockstep.<what>` and a JSON object, ended by `lockstep.end`, so that a paste can be checked for being whole.
 * `\gexec` runs what a query returns: it lets psql leave out what the server does not have.
 */
export function readBoundSql(table: string, schema: string | null): string {
  const here = schema === null ? "" : ` AND n.nspname = ${literal(schema)}`;
  const tables = `FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = ${literal(table)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'${here}`;
  return [
    ...begin(),
    `SELECT format('LOCK TABLE %I.%I IN ACCESS SHARE MODE', n.nspname, c.relname) ${tables} AND c.relkind = 'r' \\gexec`,
    ...serverLines(),
    `SELECT 'lockstep.table ' || jsonb_build_object('oid', c.oid::text, 'schema', n.nspname, 'table', c.relname, 'kind', c.relkind::text, 'visible', pg_table_is_visible(c.oid))::text ${tables};`,
    `SELECT 'lockstep.column ' || jsonb_build_object('oid', a.attrelid::text, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))::text FROM pg_catalog.pg_attribute a WHERE a.attrelid IN (SELECT c.oid ${tables}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum;`,
    `SELECT format('SELECT ''lockstep.row '' || jsonb_build_object(''oid'', %L, ''row'', coalesce((SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each_text(to_jsonb(t)) e), ''{}''))::text FROM %I.%I t', c.oid::text, n.nspname, c.relname) ${tables} AND c.relkind = 'r' \\gexec`,
    `SELECT format('SELECT ''lockstep.rows '' || jsonb_build_object(''oid'', %L, ''count'', count(*))::text FROM %I.%I t', c.oid::text, n.nspname, c.relname) ${tables} AND c.relkind = 'r' \\gexec`,
    `SELECT 'lockstep.end ' || jsonb_build_object('tables', count(*))::text ${tables};`,
    "ROLLBACK;",
  ].join("\n");
}

/** The newest punch, as `readPunch` reads it. */
export function readPunchSql(name: TableName): string {
  const table = qualified(name);
  const newest = `SELECT 'lockstep.punch ' || jsonb_build_object('row', encode(row_name, 'hex'), 'val', encode(coalesce(val, ''), 'hex'), 'ts', ts)::text FROM ${table} ORDER BY ts DESC, row_name LIMIT 1`;
  return [
    ...begin(),
    ...serverLines(),
    `SELECT 'lockstep.punch-table ' || jsonb_build_object('found', to_regclass(${literal(table)}) IS NOT NULL)::text;`,
    `SELECT ${literal(newest)} WHERE to_regclass(${literal(table)}) IS NOT NULL \\gexec`,
    "SELECT 'lockstep.end {}';",
    "ROLLBACK;",
  ].join("\n");
}

/** Everybody connected to this database but us. */
export function readSessionsSql(): string {
  return [
    "SELECT a.pid, a.usename, coalesce(host(a.client_addr), 'local or hidden'), a.application_name, a.state, a.backend_start, a.query_start",
    "FROM pg_catalog.pg_stat_activity a",
    "WHERE a.datname = current_database() AND a.usename IS NOT NULL AND a.pid <> pg_backend_pid()",
    "ORDER BY a.backend_start, a.pid;",
  ].join("\n");
}

function begin(): string[] {
  return [
    "BEGIN READ ONLY;",
    "SET LOCAL lock_timeout = '3s';",
    "SET LOCAL statement_timeout = '10s';",
    "SET LOCAL row_security = off;",
  ];
}

function serverLines(): string[] {
  return [
    `SELECT 'lockstep.server ' || jsonb_build_object('version', current_setting('server_version'), 'recovery', pg_is_in_recovery(), 'address', host(inet_server_addr()), 'port', inet_server_port(), 'database', current_database(), 'schema', current_schema(), 'read_at', ${isoTime("clock_timestamp()")})::text;`,
    "SELECT 'SELECT ''lockstep.system '' || jsonb_build_object(''id'', system_identifier::text)::text FROM pg_catalog.pg_control_system()' WHERE has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') \\gexec",
  ];
}
