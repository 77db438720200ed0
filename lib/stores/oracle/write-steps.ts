import { AppError } from "#lib/errors.ts";
import { literal, type OracleTable, qualified } from "#lib/stores/oracle/target.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/**
 * One step of a write. `rows`: changes exactly that many rows, and can be rolled back until the next step of another kind. `shape`:
 * changes the table itself, which commits. `not-null`: a shape that is only changed where `nullable` gives Y.
 */
export type Step =
  | { readonly kind: "rows"; readonly sql: string; readonly rows: number }
  | { readonly kind: "shape"; readonly sql: string }
  | { readonly kind: "not-null"; readonly nullable: string; readonly sql: string };

const BOUND = "LAST_ALLOCATED";
const KEPT = "LEGACY_LAST_ALLOCATED";

/** Which column the bound stands in, and its value; null for none. */
type Shape = { readonly column: typeof BOUND | typeof KEPT; readonly value: bigint | null };

/**
 * How to come from one state to the next, in an order in which a stop between two steps never leaves a readable bound below any value
 * that was there before: values are raised while the bound is still invalid, and a table is created with the invalid column first.
 * @throws AppError `invalid` where no way is known
 */
export function writeSteps(table: OracleTable, from: BoundState, after: BoundState): readonly Step[] {
  const to = shapeOf(after);
  switch (from.state) {
    case "no-table":
      return [create(table), ...setValue(table, KEPT, null, to.value), ...rename(table, KEPT, to.column)];
    case "readable":
      return [...setValue(table, BOUND, from.bound, to.value), ...rename(table, BOUND, to.column)];
    case "invalidated":
      return [...setValue(table, KEPT, from.kept, to.value), ...rename(table, KEPT, to.column)];
    case "no-row":
      return [...setValue(table, BOUND, null, to.value), ...rename(table, BOUND, to.column)];
    case "no-row-invalidated":
      return [...setValue(table, KEPT, null, to.value), ...rename(table, KEPT, to.column)];
    case "several-rows":
      return mergeRows(table, from.readable ? BOUND : KEPT, from.values.length, to);
    case "both":
      return mergeColumns(table, from.rows.length, to);
    case "neither":
    case "unrecognised":
      throw noWay(from);
  }
}

function shapeOf(after: BoundState): Shape {
  switch (after.state) {
    case "readable":
      return { column: BOUND, value: after.bound };
    case "invalidated":
      return { column: KEPT, value: after.kept };
    case "no-row":
      return { column: BOUND, value: null };
    case "no-row-invalidated":
      return { column: KEPT, value: null };
    default:
      throw noWay(after);
  }
}

function noWay({ state }: BoundState): AppError {
  return new AppError("invalid", `No command is known for an Oracle bound that is ${state}.`);
}

function create(table: OracleTable): Step {
  return { kind: "shape", sql: `CREATE TABLE ${qualified(table)} (${KEPT} NUMBER(38) NOT NULL)` };
}

function rename(table: OracleTable, from: string, to: string): readonly Step[] {
  if (from === to) return [];
  return [{ kind: "shape", sql: `ALTER TABLE ${qualified(table)} RENAME COLUMN ${from} TO ${to}` }];
}

function setValue(
  table: OracleTable,
  column: string,
  from: bigint | null,
  to: bigint | null,
): readonly Step[] {
  if (from === to || to === null) return [];
  const sql =
    from === null
      ? `INSERT INTO ${qualified(table)} (${column}) VALUES (${to})`
      : `UPDATE ${qualified(table)} SET ${column} = ${to} WHERE ${column} = ${from}`;
  return [{ kind: "rows", sql, rows: 1 }];
}

/** The row with the largest value stays. */
function mergeRows(table: OracleTable, column: string, rows: number, to: Shape): readonly Step[] {
  const name = qualified(table);
  const keep = `SELECT MIN(ROWID) FROM ${name} WHERE ${column} = (SELECT MAX(${column}) FROM ${name})`;
  return [
    { kind: "rows", sql: `DELETE FROM ${name} WHERE ROWID <> (${keep})`, rows: rows - 1 },
    ...rename(table, column, to.column),
  ];
}

/** One row stays, with the largest value of all in the column that stays. */
function mergeColumns(table: OracleTable, rows: number, to: Shape): readonly Step[] {
  const name = qualified(table);
  const other = to.column === BOUND ? KEPT : BOUND;
  const { owner, table: plain } = table;
  const nullable = `SELECT nullable FROM all_tab_columns WHERE owner = ${literal(owner)} AND table_name = ${literal(plain)} AND column_name = ${literal(to.column)}`;
  const kept = to.value === null ? 0 : 1;
  return [
    ...(rows > kept
      ? [
          {
            kind: "rows" as const,
            sql:
              kept === 0
                ? `DELETE FROM ${name}`
                : `DELETE FROM ${name} WHERE ROWID <> (SELECT MIN(ROWID) FROM ${name})`,
            rows: rows - kept,
          },
        ]
      : []),
    ...(to.value === null
      ? []
      : [{ kind: "rows" as const, sql: `UPDATE ${name} SET ${to.column} = ${to.value}`, rows: 1 }]),
    { kind: "shape", sql: `ALTER TABLE ${name} DROP COLUMN ${other}` },
    {
      kind: "not-null",
      nullable,
      sql: `ALTER TABLE ${name} MODIFY (${to.column} NOT NULL)`,
    },
  ];
}
