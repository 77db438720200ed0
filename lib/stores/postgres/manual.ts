import { postgresPhysicalName, postgresTimestampTable, PUNCH_TABLE } from "#lib/atlasdb/tables.ts";
import { AppError } from "#lib/errors.ts";
import { afterInvalidate, afterRepair, afterRestore, type Transition } from "#lib/stores/bound-state.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import { type Check, stateChecks } from "#lib/stores/postgres/manual-checks.ts";
import { readBoundSql, readPunchSql, readSessionsSql } from "#lib/stores/postgres/manual-reads.ts";
import type { PostgresStoreConfig } from "#lib/stores/postgres/schema.ts";
import {
  identifier,
  literal,
  lockStatement,
  type TableName,
  writeStatements,
} from "#lib/stores/postgres/statements.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { longToHex } from "#lib/timestamps/long.ts";

/** What a command needs to know of the store; no password. */
export type ManualTarget = Pick<
  PostgresStoreConfig,
  "host" | "port" | "database" | "user" | "schema" | "tablePrefix" | "tls"
>;

/** A command for a person's own terminal. `shell` is complete; `sql` is what it sends; `variables` must be set before. */
export type ManualCommand = {
  readonly shell: string;
  readonly sql: string;
  readonly variables: readonly string[];
};

const END = "LOCKSTEP_SQL";

/** Quotes a word for a POSIX shell, unless it needs none. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** A line that prints a value as the 16 hexadecimal digits of a Java `long`, with the decimal beside it. */
export function hexLine(value: bigint): string {
  return `printf '%d 0x%016x\\n' "$((${value}))" "$((${value}))"  # ${value} is ${longToHex(value)}`;
}

/** Reads the bound; its whole output goes through `decodePastedBound`. */
export function renderReadBound(target: ManualTarget): ManualCommand {
  const schema = target.schema === undefined ? null : requirePlain(target.schema);
  return render(target, readBoundSql(postgresTimestampTable(target.tablePrefix), schema));
}

/** Reads the newest punched timestamp; its whole output goes through `decodePastedPunch`. */
export function renderReadPunch(target: ManualTarget, schema: string): ManualCommand {
  const table = postgresPhysicalName(target.tablePrefix, { namespace: "", table: PUNCH_TABLE });
  return render(target, readPunchSql({ schema: requirePlain(schema), table }));
}

/** Lists who else is connected, for the eye. */
export function renderReadSessions(target: ManualTarget): ManualCommand {
  return render(target, readSessionsSql());
}

/** Invalidates as the adapter would, guarded by the same identity and state, then reads. @throws AppError where it would be refused */
export function renderInvalidate(target: ManualTarget, guard: WriteGuard): ManualCommand {
  return renderWrite(target, guard, afterInvalidate(guard.expected, "postgres"));
}

/** Restores as the adapter would, then reads. @throws AppError where it would be refused */
export function renderRestore(target: ManualTarget, guard: WriteGuard, to: bigint): ManualCommand {
  return renderWrite(target, guard, afterRestore(guard.expected, to));
}

/** Repairs as the adapter would, then reads. @throws AppError where it would be refused */
export function renderRepair(
  target: ManualTarget,
  guard: WriteGuard,
  leave: "readable" | "invalidated",
): ManualCommand {
  return renderWrite(target, guard, afterRepair(guard.expected, leave));
}

function renderWrite(target: ManualTarget, guard: WriteGuard, decision: Transition): ManualCommand {
  if (!decision.ok) throw new AppError("invalid", decision.message);
  const { identity, expected } = guard;
  if (identity.schema === null)
    throw new AppError("invalid", "The schema of the timestamp table is not known.");
  const name = { schema: requirePlain(identity.schema), table: requirePlain(identity.table) };
  const sql = [
    "BEGIN;",
    "SET LOCAL lock_timeout = '3s';",
    "SET LOCAL statement_timeout = '10s';",
    "SET LOCAL idle_in_transaction_session_timeout = '30s';",
    "SET LOCAL row_security = off;",
    ...(expected.state === "no-table" ? [] : [`${lockStatement(name)};`]),
    ...checkBlock([...identityChecks(guard, name), ...stateChecks(name, expected)], "refused"),
    ...writeStatements(name, expected, decision.after).map((statement) => `${statement.sql};`),
    ...checkBlock(stateChecks(name, decision.after), "not as written, rolled back"),
    "COMMIT;",
    readBoundSql(identity.table, identity.schema),
  ].join("\n");
  return render(target, sql);
}

function checkBlock(checks: readonly Check[], prefix: string): string[] {
  return [
    "DO $lockstep$ BEGIN",
    ...checks.map(
      ([condition, complaint]) =>
        `  IF NOT coalesce(${condition}, false) THEN RAISE EXCEPTION USING MESSAGE = ${literal(`lockstep: ${prefix}: ${complaint}`)}; END IF;`,
    ),
    "END $lockstep$;",
  ];
}

function identityChecks({ identity }: WriteGuard, name: TableName): Check[] {
  const table = literal(`${identifier(name.schema)}.${identifier(name.table)}`);
  return [
    ["NOT pg_is_in_recovery()", "this server is a replica"],
    [`current_database() = ${literal(requirePlain(identity.database))}`, "this is another database"],
    ...(identity.system === null
      ? []
      : [
          [
            `(SELECT system_identifier::text FROM pg_catalog.pg_control_system()) = ${literal(identity.system)}`,
            "this is another server",
          ] as const,
        ]),
    identity.tableId === null
      ? [`to_regclass(${table}) IS NULL`, "the table exists"]
      : [
          `to_regclass(${table})::oid::text = ${literal(identity.tableId)}`,
          "this is another table of the same name",
        ],
  ];
}

function render(target: ManualTarget, sql: string): ManualCommand {
  const variables = ["PGPASSWORD", ...tlsVariables(target)];
  const words = [
    ...variables.map((name) => `${name}="$${name}"`),
    `PGSSLMODE=${target.tls.mode}`,
    "psql -X -q -At -v ON_ERROR_STOP=1 -w",
    `-h ${shellWord(requirePlain(target.host))}`,
    `-p ${target.port}`,
    `-U ${shellWord(requirePlain(target.user))}`,
    `-d ${shellWord(databaseWord(requirePlain(target.database)))}`,
  ];
  return { shell: `${words.join(" ")} <<'${END}'\n${sql}\n${END}`, sql, variables };
}

function tlsVariables({ tls }: ManualTarget): string[] {
  return [
    ...(tls.ca === undefined ? [] : ["PGSSLROOTCERT"]),
    ...(tls.cert === undefined ? [] : ["PGSSLCERT", "PGSSLKEY"]),
  ];
}

/** psql takes a name with `=` or `://` in it for a connection string. */
function databaseWord(database: string): string {
  if (!/=|:\/\//.test(database)) return database;
  return `dbname='${database.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** Names come from the database: a line break or our own dollar quote in one could end what it stands in and start a command. */
function requirePlain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]|\$lockstep\$/.test(text)) {
    throw new AppError(
      "invalid",
      "A name has control characters or quotes of ours in it, so no command can be written for it safely.",
    );
  }
  return text;
}

/** The states for which a command can be written, for a page that offers them. */
export function manualWrites(state: BoundState): readonly ("invalidate" | "repair")[] {
  return [
    ...(afterInvalidate(state, "postgres").ok ? (["invalidate"] as const) : []),
    ...(afterRepair(state, "invalidated").ok ? (["repair"] as const) : []),
  ];
}
