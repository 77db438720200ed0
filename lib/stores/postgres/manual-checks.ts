import { BOUND_COLUMN, KEPT_COLUMN } from "#lib/stores/decode-bound-table.ts";
import { literal, qualified, type TableName } from "#lib/stores/postgres/statements.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** A condition in SQL, and what to say when it does not hold. */
export type Check = readonly [condition: string, complaint: string];

/** Conditions that hold exactly when the table is in the given state, its values included. Rows in any order. */
export function stateChecks(name: TableName, state: BoundState): readonly Check[] {
  const table = qualified(name);
  switch (state.state) {
    case "no-table":
      return [[`to_regclass(${literal(table)}) IS NULL`, "the table exists"]];
    case "readable":
      return [columns(name, [BOUND_COLUMN]), ...single(table, BOUND_COLUMN, [state.bound])];
    case "invalidated":
      return [columns(name, [KEPT_COLUMN]), ...single(table, KEPT_COLUMN, [state.kept])];
    case "no-row":
      return [columns(name, [BOUND_COLUMN]), total(table, 0)];
    case "no-row-invalidated":
      return [columns(name, [KEPT_COLUMN]), total(table, 0)];
    case "several-rows": {
      const column = state.readable ? BOUND_COLUMN : KEPT_COLUMN;
      return [columns(name, [column]), ...single(table, column, state.values)];
    }
    case "both":
      return [
        columns(name, [BOUND_COLUMN, KEPT_COLUMN]),
        total(table, state.rows.length),
        ...pairs(table, state.rows),
      ];
    case "neither":
    case "unrecognised":
      return [["false", "the table is in no shape that a command can be written for"]];
  }
}

function columns({ schema, table }: TableName, expected: readonly string[]): Check {
  const found = `SELECT string_agg(a.attname::text, ',' ORDER BY a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = to_regclass(${literal(qualified({ schema, table }))}) AND a.attnum > 0 AND NOT a.attisdropped AND a.attname IN ('${BOUND_COLUMN}', '${KEPT_COLUMN}')`;
  const wanted = [...expected].toSorted().join(",");
  return [`(${found}) = ${literal(wanted)}`, `the columns are not ${wanted}`];
}

function total(table: string, rows: number): Check {
  return [`(SELECT count(*) FROM ${table}) = ${rows}`, `the table has not exactly ${rows} rows`];
}

function single(table: string, column: string, values: readonly bigint[]): Check[] {
  return [
    total(table, values.length),
    ...counted(values.map(String)).map(([value, count]): Check => [
      `(SELECT count(*) FROM ${table} WHERE ${column} = ${value}) = ${count}`,
      `not exactly ${count} rows hold ${value}`,
    ]),
  ];
}

function pairs(table: string, rows: Extract<BoundState, { state: "both" }>["rows"]): Check[] {
  const conditions = rows.map(
    ({ bound, kept }) =>
      `${BOUND_COLUMN} IS NOT DISTINCT FROM ${bound ?? "NULL"} AND ${KEPT_COLUMN} IS NOT DISTINCT FROM ${kept ?? "NULL"}`,
  );
  return counted(conditions).map(([condition, count]): Check => [
    `(SELECT count(*) FROM ${table} WHERE ${condition}) = ${count}`,
    "the rows hold other values",
  ]);
}

function counted(items: readonly string[]): (readonly [string, number])[] {
  return [...new Set(items)].map((item) => [item, items.filter((other) => other === item).length] as const);
}
