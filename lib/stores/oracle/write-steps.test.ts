import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  afterInvalidate,
  afterRepair,
  afterRestore,
  embeddedStart,
  largestHeld,
} from "#lib/stores/bound-state.ts";
import { decodeBound } from "#lib/stores/decode-bound-table.ts";
import { type Step, writeSteps } from "#lib/stores/oracle/write-steps.ts";
import type { BoundState } from "#lib/stores/schema.ts";

const TABLE = { owner: "APP", table: "A__TIMESTAMP" };

/** A table as far as the written statements need one; null where there is none. Rows stand in the order of their ROWID. */
type Model = { columns: string[]; rows: Record<string, bigint | null>[] } | null;

function modelOf(state: BoundState): Model {
  const one = (column: string, values: readonly bigint[]) => ({
    columns: [column],
    rows: values.map((value) => ({ [column]: value })),
  });
  switch (state.state) {
    case "readable":
      return one("LAST_ALLOCATED", [state.bound]);
    case "invalidated":
      return one("LEGACY_LAST_ALLOCATED", [state.kept]);
    case "no-row":
      return one("LAST_ALLOCATED", []);
    case "no-row-invalidated":
      return one("LEGACY_LAST_ALLOCATED", []);
    case "several-rows":
      return one(state.readable ? "LAST_ALLOCATED" : "LEGACY_LAST_ALLOCATED", state.values);
    case "both":
      return {
        columns: ["LAST_ALLOCATED", "LEGACY_LAST_ALLOCATED"],
        rows: state.rows.map(({ bound, kept }) => ({ LAST_ALLOCATED: bound, LEGACY_LAST_ALLOCATED: kept })),
      };
    default:
      return null;
  }
}

function stateOf(model: Model): BoundState {
  if (model === null) return { state: "no-table" };
  const columns = model.columns.map((name) => ({ name: name.toLowerCase(), type: "bigint" }));
  const rows = model.rows.map((row) =>
    Object.fromEntries(model.columns.map((name) => [name.toLowerCase(), row[name]?.toString() ?? null])),
  );
  return decodeBound({ relationKind: "r", columns, rows });
}

/** What Oracle would do; shares nothing with the code that writes the statements. */
function run(model: Model, step: Step): Model {
  const sql = step.sql.replaceAll('"APP"."A__TIMESTAMP"', "t");
  const created = /^CREATE TABLE t \((\w+) NUMBER\(38\) NOT NULL\)$/.exec(sql);
  if (created) {
    expect(model).toBeNull();
    return { columns: [created[1] ?? ""], rows: [] };
  }
  if (model === null) throw new Error(`no table for ${sql}`);
  const renamed = /^ALTER TABLE t RENAME COLUMN (\w+) TO (\w+)$/.exec(sql);
  if (renamed) return rename(model, renamed[1] ?? "", renamed[2] ?? "");
  const dropped = /^ALTER TABLE t DROP COLUMN (\w+)$/.exec(sql);
  if (dropped) return { ...model, columns: model.columns.filter((name) => name !== dropped[1]) };
  const required = /^ALTER TABLE t MODIFY \((\w+) NOT NULL\)$/.exec(sql);
  if (required) {
    expect(model.rows.every((row) => row[required[1] ?? ""] != null)).toBe(true);
    return model;
  }
  const changed = rowsAfter(model, sql);
  expect([sql, changed.count]).toEqual([sql, step.kind === "rows" ? step.rows : -1]);
  return { ...model, rows: changed.rows };
}

function rename(model: NonNullable<Model>, from: string, to: string): Model {
  expect(model.columns).toContain(from);
  return {
    columns: model.columns.map((name) => (name === from ? to : name)),
    rows: model.rows.map((row) => ({ [to]: row[from] ?? null })),
  };
}

function rowsAfter({ rows }: NonNullable<Model>, sql: string) {
  const inserted = /^INSERT INTO t \((\w+)\) VALUES \((\d+)\)$/.exec(sql);
  if (inserted) return { rows: [...rows, { [inserted[1] ?? ""]: BigInt(inserted[2] ?? "") }], count: 1 };
  const updated = /^UPDATE t SET (\w+) = (\d+)(?: WHERE \1 = (\d+))?$/.exec(sql);
  if (updated) {
    const [, column = "", to = "", from] = updated;
    const hit = (row: Record<string, bigint | null>) => from === undefined || row[column] === BigInt(from);
    return {
      rows: rows.map((row) => (hit(row) ? { ...row, [column]: BigInt(to) } : row)),
      count: rows.filter(hit).length,
    };
  }
  if (sql === "DELETE FROM t") return { rows: [], count: rows.length };
  if (sql === "DELETE FROM t WHERE ROWID <> (SELECT MIN(ROWID) FROM t)")
    return { rows: rows.slice(0, 1), count: rows.length - 1 };
  const merged =
    /^DELETE FROM t WHERE ROWID <> \(SELECT MIN\(ROWID\) FROM t WHERE (\w+) = \(SELECT MAX\(\1\) FROM t\)\)$/.exec(
      sql,
    );
  if (!merged) throw new Error(`a statement that nobody expected: ${sql}`);
  const column = merged[1] ?? "";
  const largest = rows.map((row) => row[column] ?? 0n).toSorted((a, b) => (a < b ? 1 : -1))[0];
  const kept = rows.find((row) => row[column] === largest);
  return { rows: kept === undefined ? [] : [kept], count: rows.length - 1 };
}

const value = fc.bigInt({ min: 1n, max: 10n ** 15n });
const start: fc.Arbitrary<BoundState> = fc.oneof(
  value.map((bound): BoundState => ({ state: "readable", bound })),
  value.map((kept): BoundState => ({ state: "invalidated", kept })),
  fc.constantFrom<BoundState>({ state: "no-row" }, { state: "no-row-invalidated" }, { state: "no-table" }),
  fc
    .record({ readable: fc.boolean(), values: fc.array(value, { minLength: 2, maxLength: 4 }) })
    .map((rows): BoundState => ({ state: "several-rows", ...rows })),
  fc
    .array(fc.record({ bound: fc.option(value), kept: fc.option(value) }), { maxLength: 3 })
    .map((rows): BoundState => ({ state: "both", rows })),
);
const decisions = (state: BoundState, to: bigint) => [
  afterInvalidate(state, "oracle"),
  afterRestore(state, to),
  afterRepair(state, "readable"),
  afterRepair(state, "invalidated"),
];

describe("the steps of a write", () => {
  test("lead to exactly the state that was decided, from every state", () => {
    fc.assert(
      fc.property(start, value, (from, to) => {
        for (const decision of decisions(from, to)) {
          if (!decision.ok) continue;
          const end = writeSteps(TABLE, from, decision.after).reduce(run, modelOf(from));
          expect(stateOf(end)).toEqual(decision.after);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("leave no half-way state from which an embedded client would start lower than before", () => {
    fc.assert(
      fc.property(start, value, (from, to) => {
        for (const decision of decisions(from, to)) {
          if (!decision.ok) continue;
          const floor = largestHeld(from);
          let model = modelOf(from);
          for (const step of writeSteps(TABLE, from, decision.after)) {
            model = run(model, step);
            const now = stateOf(model);
            const starts = embeddedStart(now);
            if (embeddedStart(from) === "fails") {
              expect(starts).not.toBe("creates-initial");
              if (starts === "reads") expect(now).toEqual(decision.after);
            }
            if (floor !== null && now.state !== "several-rows" && now.state !== "both")
              expect(largestHeld(now)).toBeGreaterThanOrEqual(floor);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
