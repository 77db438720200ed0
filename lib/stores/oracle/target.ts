import { PUNCH_TABLE, TIMESTAMP_TABLE, TRANSACTIONS_TABLE } from "#lib/atlasdb/tables.ts";
import { AppError } from "#lib/errors.ts";
import type { OracleNaming } from "#lib/stores/schema.ts";

/** What a command needs to know of an Oracle store; no secret. `schema` null: that of the user. */
export type OracleTarget = {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly naming: OracleNaming;
  readonly database: string;
  readonly user: string;
  readonly tablePrefix: string;
  readonly schema: string | null;
};

/** A table by its real names, which Oracle keeps in upper case unless they were quoted. */
export type OracleTable = { readonly owner: string; readonly table: string };

/** The table of AtlasDB's bound, `A__TIMESTAMP` for the prefix `a_`. It is never shortened. Source: atlasdb-facts D.1, D.3 */
export function oracleTimestampTable(
  target: Pick<OracleTarget, "user" | "schema" | "tablePrefix">,
): OracleTable {
  return { owner: ownerOf(target), table: upper(`${target.tablePrefix}${TIMESTAMP_TABLE}`) };
}

/** AtlasDB's long names of the tables that are shortened by `atlasdb_table_names` unless mapping is off. Source: atlasdb-facts D.3 */
export function mappedNames({ tablePrefix }: Pick<OracleTarget, "tablePrefix">) {
  return { punch: `${tablePrefix}${PUNCH_TABLE}`, transactions: `${tablePrefix}${TRANSACTIONS_TABLE}` };
}

function ownerOf({ user, schema }: Pick<OracleTarget, "user" | "schema">): string {
  return upper(schema ?? user);
}

/** Only ASCII: the names are letters, digits, `_`, `$` and `#`. */
function upper(name: string): string {
  return requireName(name).replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** An Oracle name in double quotes. @throws AppError `invalid` */
export function identifier(name: string): string {
  return `"${requireName(name)}"`;
}

/** Owner and table, both quoted. */
export function qualified({ owner, table }: OracleTable): string {
  return `${identifier(owner)}.${identifier(table)}`;
}

/** Quotes a text for SQL and PL/SQL. @throws AppError `invalid` for control characters */
export function literal(text: string): string {
  return `'${requirePlain(text).replaceAll("'", "''")}'`;
}

/**
 * Where sqlplus connects to: Easy Connect for a service name, a whole description for a SID, which Easy Connect does not know.
 * @throws AppError `invalid` for a name that could end the command
 */
export function connectIdentifier({ host, port, naming, database }: OracleTarget): string {
  const bare = requireAddress(host);
  const name = requireAddress(database);
  if (naming === "sid")
    return `(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=${bare})(PORT=${port}))(CONNECT_DATA=(SID=${name})))`;
  return `//${bare.includes(":") ? `[${bare}]` : bare}:${port}/${name}`;
}

function requireName(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9_$#]{0,127}$/.test(name)) return name;
  throw refusal();
}

function requireAddress(text: string): string {
  if (/^[A-Za-z0-9_$#.:-]+$/.test(text)) return text;
  throw refusal();
}

function requirePlain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) throw refusal();
  return text;
}

function refusal(): AppError {
  return new AppError(
    "invalid",
    "A name of the Oracle store has characters in it with which no command can be written safely.",
  );
}

/** The user of a connection, as it stands before the slash. @throws AppError `invalid` */
export function requireUser(user: string): string {
  return requireName(user);
}
