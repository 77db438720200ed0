import { describe, expect, test } from "vitest";

import {
  ATOMIC_TABLES,
  HIDDEN_TABLES,
  internalTableName,
  parseTableReference,
  postgresPhysicalName,
  postgresTimestampTable,
  SERIAL_CONSISTENCY_ATOMIC_TABLES,
  tablePrefixProblem,
} from "#lib/atlasdb/tables.ts";

test.each([
  ["app.users", "app__users"],
  ["sweep.sweepAssignedBuckets", "sweep__sweepAssignedBuckets"],
  ["_transactions", "_transactions"],
  ["ns._odd", "_odd"],
  ["met.plain", "plain"],
  ["other_ns.a.b", "other_ns__a.b"],
])("%s is %s inside a store", (qualified, internal) => {
  expect(internalTableName(parseTableReference(qualified))).toBe(internal);
});

test.each([
  ["app.MixedCase_Thorough_Migration", "app__mixedcase_thorough_migration"],
  [
    "app.a_table_with_a_really_long_name_that_goes_past_every_limit_of_oracle",
    "app__a_table_with_a_really_long_name_that_goes_past_every_limit",
  ],
])("Postgres has %s as %s, as in the golden store", (qualified, physical) => {
  expect(postgresPhysicalName("", parseTableReference(qualified))).toBe(physical);
});

test("a name is never cut inside a character", () => {
  const name = postgresPhysicalName("", { namespace: "", table: "_" + "é".repeat(40) });
  expect(new TextEncoder().encode(name).length).toBe(63);
  expect(postgresPhysicalName("", { namespace: "", table: "é".repeat(40) })).toBe("é".repeat(31));
});

test.each([
  ["", "_timestamp"],
  ["App_", "app__timestamp"],
])("the bound with prefix %j stands in %s", (prefix, table) => {
  expect(postgresTimestampTable(prefix)).toBe(table);
});

describe("prefixes", () => {
  test.each([
    ["postgres", ""],
    ["postgres", "my_app"],
    ["oracle", "a_"],
    ["oracle", "abcdef$"],
  ] as const)("%s takes %j", (kind, prefix) => expect(tablePrefixProblem(kind, prefix)).toBeNull());

  test.each([
    ["postgres", "a b"],
    ["postgres", '"; DROP'],
    ["postgres", "1a"],
    ["postgres", "a".repeat(41)],
    ["oracle", ""],
    ["oracle", "abcdefg_"],
    ["oracle", "app"],
  ] as const)("%s refuses %j", (kind, prefix) => expect(tablePrefixProblem(kind, prefix)).toMatch(/prefix/));
});

describe("AtlasDB's own tables", () => {
  const own: readonly string[] = HIDDEN_TABLES;
  const atomic: readonly string[] = ATOMIC_TABLES;

  test("every atomic table is hidden, every serial one atomic", () => {
    expect(ATOMIC_TABLES.filter((table) => !own.includes(table))).toEqual([]);
    expect(SERIAL_CONSISTENCY_ATOMIC_TABLES.filter((table) => !atomic.includes(table))).toEqual([]);
  });

  test("the bound and the catalogue are in neither set", () => {
    expect(
      ["_timestamp", "_metadata"].filter((table) => own.includes(table) || atomic.includes(table)),
    ).toEqual([]);
  });

  test("the tables that a plain start of the golden store registered are hidden, unless they have a namespace", () => {
    const registered = [
      "_transactions",
      "_transactions2",
      "_known_concluded_transactions",
      "_known_abandoned_timestamps",
      "_coordination",
      "_punch",
      "_scrub2",
      "_sweep_progress3",
    ];
    expect(registered.filter((table) => !own.includes(table))).toEqual([]);
  });
});
