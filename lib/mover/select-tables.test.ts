import { describe, expect, test } from "vitest";

import { compareTables } from "#lib/mover/compare-tables.ts";
import { createdTables, droppedNames, selectTables } from "#lib/mover/select-tables.ts";

const named = (...names: string[]) => names.map((name) => ({ name }));
const table = (name: string, metadata = "0a") => ({
  name,
  physicalName: name,
  metadata: Buffer.from(metadata, "hex"),
});

const SOURCE = [
  "_transactions",
  "_transactions2",
  "_punch",
  "sweep.priority",
  "sweep.sweepableCells",
  "compact.metadata",
  "app.users",
  "kvs_migrate.tmp_migrate_progress",
];

describe("the choice of tables", () => {
  test("is AtlasDB's: own tables created empty, atomic ones kept, the rest copied, what only the destination has dropped", () => {
    const planned = selectTables(
      named(...SOURCE),
      named("_transactions", "_punch", "app.users", "app.old", "_namespace"),
    );
    expect(Object.fromEntries(planned.map(({ name, fate }) => [name, fate]))).toEqual({
      _namespace: "kept",
      _punch: "created-empty",
      _transactions: "kept",
      _transactions2: "created-empty",
      "app.old": "dropped",
      "app.users": "copied",
      "compact.metadata": "copied",
      "kvs_migrate.tmp_migrate_progress": "left-out",
      "sweep.priority": "copied",
      "sweep.sweepableCells": "created-empty",
    });
    expect(droppedNames(planned)).toEqual(["_punch", "app.old", "app.users"]);
  });

  test("of some tables creates the others empty, and refuses names that are none", () => {
    const planned = selectTables(named("app.a", "app.b"), [], ["app.a"]);
    expect(planned.map(({ fate }) => fate)).toEqual(["copied", "created-empty"]);
    expect(() => selectTables(named("app.a", "_punch"), [], ["app.A"])).toThrow(/app\.A/);
    expect(() => selectTables(named("app.a", "_punch"), [], ["_punch"])).toThrow(/_punch/);
  });

  test("is refused before anything is dropped when the source has no metadata for a table", () => {
    const source = [table("app.a"), table("app.b", "")];
    const planned = selectTables(source, named("app.c"));
    expect(() => createdTables(planned, source)).toThrow(/no metadata for app\.b.*Nothing was changed/);
  });
});

describe("the comparison of the catalogues", () => {
  const source = [table("app.a"), table("app.b"), table("_transactions")];
  const planned = selectTables(source, named("_transactions", "app.old"));

  test("is content with what was planned", () => {
    expect(
      compareTables(planned, source, [table("app.a"), table("app.b"), table("_transactions", "ff")]),
    ).toEqual([]);
  });

  test("names a table that the source got since the plan", () => {
    const there = [table("app.a"), table("app.b"), table("_transactions")];
    expect(compareTables(planned, [...source, table("app.late")], there)).toEqual([
      { name: "app.late", problem: "is in the source, but not in the plan" },
    ]);
  });

  test.each([
    ["a missing table", [table("app.a"), table("_transactions")], "app.b"],
    ["other bytes", [table("app.a", "0b"), table("app.b"), table("_transactions")], "app.a"],
    ["one byte more", [table("app.a", "0a00"), table("app.b"), table("_transactions")], "app.a"],
    ["a table too many", [table("app.a"), table("app.b"), table("_transactions"), table("app.z")], "app.z"],
    [
      "a table that was to be dropped",
      [table("app.a"), table("app.b"), table("_transactions"), table("app.old")],
      "app.old",
    ],
    ["no transactions table", [table("app.a"), table("app.b")], "_transactions"],
  ])("finds %s", (_, destination, name) => {
    expect(compareTables(planned, source, destination).map((difference) => difference.name)).toEqual([name]);
  });

  test("finds a table that the source lost since", () => {
    const left = [table("app.a"), table("_transactions")];
    expect(compareTables(planned, left, [...left, table("app.b")])).toEqual([
      { name: "app.b", problem: "is no longer in the source" },
    ]);
  });
});
