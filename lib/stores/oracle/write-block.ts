import { AppError } from "#lib/errors.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import { literal, type OracleTable, qualified } from "#lib/stores/oracle/target.ts";
import { type Step, writeSteps } from "#lib/stores/oracle/write-steps.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** What a query must give, and what to say when it gives something else. The query has one row and one text column. */
type Check = readonly [query: string, wanted: string, complaint: string];

const BOUND = "LAST_ALLOCATED";
const KEPT = "LEGACY_LAST_ALLOCATED";

/**
 * The guarded write as one PL/SQL block. It locks the table, raises unless identity and state are exactly as expected, and only then
 * changes anything; rows are changed and counted before any column is renamed. A change of the table's shape commits what was changed
 * before it, cannot be rolled back, and gives up the lock for the moment in which it begins, so the block's guard is not atomic with it.
 * Source: atlasdb-facts D.1
 */
export function writeBlock(guard: WriteGuard, after: BoundState, what: string): string {
  const table = tableOf(guard);
  const { expected } = guard;
  return [
    "ALTER SESSION SET DDL_LOCK_TIMEOUT = 10;",
    "DECLARE",
    ...FUNCTIONS,
    "BEGIN",
    ...identityChecks(guard, table).map(check),
    ...(expected.state === "no-table"
      ? []
      : [`  EXECUTE IMMEDIATE ${literal(`LOCK TABLE ${qualified(table)} IN EXCLUSIVE MODE WAIT 3`)};`]),
    ...stateChecks(table, expected).map(check),
    ...writeSteps(table, expected, after).flatMap(stepLines),
    "  COMMIT;",
    ...stateChecks(table, after).map(check),
    `  DBMS_OUTPUT.PUT_LINE('lockstep.write {"done":"${what}"}');`,
    "END;",
    "/",
  ].join("\n");
}

const FUNCTIONS = [
  "  FUNCTION pick(query VARCHAR2) RETURN VARCHAR2 IS",
  "    v VARCHAR2(4000);",
  "  BEGIN",
  "    EXECUTE IMMEDIATE query INTO v;",
  "    RETURN v;",
  "  EXCEPTION WHEN NO_DATA_FOUND THEN RETURN NULL;",
  "  END;",
  "  PROCEDURE must(query VARCHAR2, wanted VARCHAR2, words VARCHAR2) IS",
  "    seen VARCHAR2(4000) := pick(query);",
  "  BEGIN",
  "    IF seen IS NULL OR seen <> wanted THEN",
  "      RAISE_APPLICATION_ERROR(-20000, 'lockstep: refused: ' || words || ' (found ' || NVL(seen, 'nothing') || ')');",
  "    END IF;",
  "  END;",
  "  PROCEDURE change(statement VARCHAR2, wanted PLS_INTEGER) IS",
  "  BEGIN",
  "    EXECUTE IMMEDIATE statement;",
  "    IF SQL%ROWCOUNT <> wanted THEN",
  "      RAISE_APPLICATION_ERROR(-20000, 'lockstep: refused: ' || SQL%ROWCOUNT || ' rows would change, not ' || wanted);",
  "    END IF;",
  "  END;",
];

function check([query, wanted, complaint]: Check): string {
  return `  must(${literal(query)}, ${literal(wanted)}, ${literal(complaint)});`;
}

function stepLines(step: Step): readonly string[] {
  switch (step.kind) {
    case "rows":
      return [`  change(${literal(step.sql)}, ${step.rows});`];
    case "shape":
      return ["  COMMIT;", `  EXECUTE IMMEDIATE ${literal(step.sql)};`];
    case "not-null":
      return [
        `  IF pick(${literal(step.nullable)}) = 'Y' THEN EXECUTE IMMEDIATE ${literal(step.sql)}; END IF;`,
      ];
  }
}

function tableOf({ identity }: WriteGuard): OracleTable {
  if (identity.kind !== "oracle" || identity.schema === null)
    throw new AppError("invalid", "The schema of the timestamp table is not known.");
  return { owner: identity.schema, table: identity.table };
}

function identityChecks({ identity }: WriteGuard, { owner, table }: OracleTable): readonly Check[] {
  const [database = "", container] = identity.database.split("/");
  const context = (name: string) => `SELECT SYS_CONTEXT('USERENV', '${name}') FROM dual`;
  const named = `owner = ${literal(owner)} AND object_name = ${literal(table)}`;
  return [
    [context("DATABASE_ROLE"), "PRIMARY", "this server is a standby"],
    [context("DB_NAME"), database, "this is another database"],
    ...(container === undefined
      ? []
      : [[context("CON_NAME"), container, "this is another container"] as const]),
    ...(identity.system === null
      ? []
      : [
          [
            "SELECT TO_CHAR(dbid, 'TM9') FROM v$database",
            identity.system,
            "this is another database",
          ] as const,
        ]),
    identity.tableId === null
      ? [`SELECT TO_CHAR(COUNT(*)) FROM all_objects WHERE ${named}`, "0", "the table exists"]
      : [
          `SELECT TO_CHAR(object_id, 'TM9') FROM all_objects WHERE ${named} AND object_type = 'TABLE'`,
          identity.tableId,
          "this is another table of the same name",
        ],
  ];
}

/** Conditions that hold exactly when the table is in the given state, its values included. Rows in any order. */
function stateChecks(table: OracleTable, state: BoundState): readonly Check[] {
  const from = qualified(table);
  switch (state.state) {
    case "no-table":
      return [];
    case "readable":
      return [columns(table, [BOUND]), ...values(from, BOUND, [state.bound])];
    case "invalidated":
      return [columns(table, [KEPT]), ...values(from, KEPT, [state.kept])];
    case "no-row":
      return [columns(table, [BOUND]), total(from, 0)];
    case "no-row-invalidated":
      return [columns(table, [KEPT]), total(from, 0)];
    case "several-rows": {
      const column = state.readable ? BOUND : KEPT;
      return [columns(table, [column]), ...values(from, column, state.values)];
    }
    case "both":
      return [columns(table, [BOUND, KEPT]), total(from, state.rows.length), ...pairs(from, state.rows)];
    case "neither":
    case "unrecognised":
      throw new AppError("invalid", "The table is in no shape that a command can be written for.");
  }
}

function columns({ owner, table }: OracleTable, wanted: readonly string[]): Check {
  const list = wanted.toSorted().join(",");
  const query = `SELECT LISTAGG(column_name, ',') WITHIN GROUP (ORDER BY column_name) FROM all_tab_columns WHERE owner = ${literal(owner)} AND table_name = ${literal(table)} AND column_name IN ('${BOUND}', '${KEPT}')`;
  return [query, list, `the columns are not ${list}`];
}

function total(from: string, rows: number): Check {
  return [`SELECT TO_CHAR(COUNT(*)) FROM ${from}`, String(rows), `the table has not exactly ${rows} rows`];
}

function values(from: string, column: string, held: readonly bigint[]): readonly Check[] {
  return [
    total(from, held.length),
    ...counted(held.map(String)).map(([value, count]): Check => [
      `SELECT TO_CHAR(COUNT(*)) FROM ${from} WHERE ${column} = ${value}`,
      String(count),
      `not exactly ${count} rows hold ${value}`,
    ]),
  ];
}

function pairs(from: string, rows: Extract<BoundState, { state: "both" }>["rows"]): readonly Check[] {
  const is = (column: string, value: bigint | null) =>
    value === null ? `${column} IS NULL` : `${column} = ${value}`;
  const conditions = rows.map(({ bound, kept }) => `${is(BOUND, bound)} AND ${is(KEPT, kept)}`);
  return counted(conditions).map(([condition, count]): Check => [
    `SELECT TO_CHAR(COUNT(*)) FROM ${from} WHERE ${condition}`,
    String(count),
    "the rows hold other values",
  ]);
}

function counted(items: readonly string[]): (readonly [string, number])[] {
  return [...new Set(items)].map((item) => [item, items.filter((other) => other === item).length] as const);
}
