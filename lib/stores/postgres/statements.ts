import { InvariantError } from "#lib/errors.ts";
import { BOUND_COLUMN, KEPT_COLUMN } from "#lib/stores/decode-bound-table.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** A table by its real names, unquoted. */
export type TableName = { readonly schema: string; readonly table: string };

/** One statement of a guarded write and how many rows it must touch; null for statements that count none. */
export type Statement = { readonly sql: string; readonly rows: number | null };

/** Quotes an identifier for SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for SQL, whatever `standard_conforming_strings` says. */
export function literal(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? ` E${quoted}` : quoted;
}

/** Schema and table, quoted. */
export function qualified({ schema, table }: TableName): string {
  return `${identifier(schema)}.${identifier(table)}`;
}

/** Makes every other session wait, so that what is checked next still holds when it is changed. */
export function lockStatement(name: TableName): string {
  return `LOCK TABLE ${qualified(name)} IN ACCESS EXCLUSIVE MODE`;
}

/**
 * The statements that lead from one state to another inside a transaction that holds the lock. The same ones are run by the adapter and
 * shown as the manual way. `owner`: who shall own a table that has to be created, null for ourselves.
 * Source: atlasdb-facts D.1 (InvalidationRunner, CreateTimestampTableQueries)
 * @throws InvariantError for a pair that no transition of `lib/stores/bound-state.ts` yields
 */
export function writeStatements(
  name: TableName,
  before: BoundState,
  after: BoundState,
  owner: string | null = null,
): readonly Statement[] {
  const to = shapeOf(after);
  switch (before.state) {
    case "readable":
      return fromColumn(name, BOUND_COLUMN, before.bound, to);
    case "invalidated":
      return fromColumn(name, KEPT_COLUMN, before.kept, to);
    case "no-row":
      return fromColumn(name, BOUND_COLUMN, null, to);
    case "no-row-invalidated":
      return fromColumn(name, KEPT_COLUMN, null, to);
    case "no-table":
      return [...create(name, to.column, owner), ...setValue(name, to.column, null, to.value)];
    case "several-rows":
      return mergeRows(name, before.readable ? BOUND_COLUMN : KEPT_COLUMN, before.values, to);
    case "both":
      return mergeColumns(name, before.rows.length, to);
    case "neither":
    case "unrecognised":
      throw new InvariantError(`no write starts from a Postgres bound that is ${before.state}`);
  }
}

type Shape = { readonly column: string; readonly value: bigint | null };

function shapeOf(state: BoundState): Shape {
  if (state.state === "readable") return { column: BOUND_COLUMN, value: state.bound };
  if (state.state === "invalidated") return { column: KEPT_COLUMN, value: state.kept };
  if (state.state === "no-row") return { column: BOUND_COLUMN, value: null };
  if (state.state === "no-row-invalidated") return { column: KEPT_COLUMN, value: null };
  throw new InvariantError(`no write leads to a Postgres bound that is ${state.state}`);
}

function fromColumn(name: TableName, column: string, value: bigint | null, to: Shape): readonly Statement[] {
  return [...rename(name, column, to.column), ...setValue(name, to.column, value, to.value)];
}

function rename(name: TableName, from: string, to: string): readonly Statement[] {
  if (from === to) return [];
  return [{ sql: `ALTER TABLE ${qualified(name)} RENAME COLUMN ${from} TO ${to}`, rows: null }];
}

function setValue(
  name: TableName,
  column: string,
  from: bigint | null,
  to: bigint | null,
): readonly Statement[] {
  if (from === to || to === null) return [];
  if (from === null) return [{ sql: `INSERT INTO ${qualified(name)} (${column}) VALUES (${to})`, rows: 1 }];
  return [{ sql: `UPDATE ${qualified(name)} SET ${column} = ${to} WHERE ${column} = ${from}`, rows: 1 }];
}

function create(name: TableName, column: string, owner: string | null): readonly Statement[] {
  const table = qualified(name);
  const created = { sql: `CREATE TABLE ${table} (${column} int8 NOT NULL)`, rows: null };
  if (owner === null) return [created];
  return [created, { sql: `ALTER TABLE ${table} OWNER TO ${identifier(owner)}`, rows: null }];
}

function mergeRows(
  name: TableName,
  column: string,
  values: readonly bigint[],
  to: Shape,
): readonly Statement[] {
  const table = qualified(name);
  const keep = `(SELECT ctid FROM ${table} ORDER BY ${column} DESC LIMIT 1)`;
  return [
    { sql: `DELETE FROM ${table} WHERE ctid <> ${keep}`, rows: values.length - 1 },
    ...rename(name, column, to.column),
  ];
}

function mergeColumns(name: TableName, rows: number, to: Shape): readonly Statement[] {
  const table = qualified(name);
  const other = to.column === BOUND_COLUMN ? KEPT_COLUMN : BOUND_COLUMN;
  const keep = `(SELECT ctid FROM ${table} LIMIT 1)`;
  return [
    ...(rows > 1 ? [{ sql: `DELETE FROM ${table} WHERE ctid <> ${keep}`, rows: rows - 1 }] : []),
    ...(rows > 0 && to.value !== null
      ? [{ sql: `UPDATE ${table} SET ${to.column} = ${to.value}`, rows: 1 }]
      : []),
    ...(rows > 0 && to.value === null ? [{ sql: `DELETE FROM ${table}`, rows: 1 }] : []),
    { sql: `ALTER TABLE ${table} DROP COLUMN ${other}`, rows: null },
    { sql: `ALTER TABLE ${table} ALTER COLUMN ${to.column} SET NOT NULL`, rows: null },
  ];
}
