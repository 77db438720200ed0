import { describe, expect, test } from "vitest";

import { decodeBound, rawCells, type TableContent } from "#lib/stores/decode-bound-table.ts";
import { locate } from "#lib/stores/postgres/locate.ts";

const bigint = (name: string) => ({ name, type: "bigint" });
const last = bigint("last_allocated");
const legacy = bigint("legacy_last_allocated");

/** A plain table with these columns and rows. */
function table(
  columns: TableContent["columns"],
  rows: TableContent["rows"] = [],
  relationKind = "r",
): TableContent {
  return { relationKind, columns, rows };
}

describe("every shape of the table", () => {
  test.each([
    ["no table", null, { state: "no-table" }],
    ["one row", table([last], [{ last_allocated: "5" }]), { state: "readable", bound: 5n }],
    [
      "extra column",
      table([last, bigint("note")], [{ last_allocated: "5", note: "9" }]),
      { state: "readable", bound: 5n },
    ],
    ["renamed", table([legacy], [{ legacy_last_allocated: "5" }]), { state: "invalidated", kept: 5n }],
    ["empty", table([last]), { state: "no-row" }],
    ["empty, renamed", table([legacy]), { state: "no-row-invalidated" }],
    [
      "both",
      table([last, legacy], [{ last_allocated: "5", legacy_last_allocated: null }]),
      { state: "both", rows: [{ bound: 5n, kept: null }] },
    ],
    [
      "several",
      table([last], [{ last_allocated: "5" }, { last_allocated: "5" }]),
      { state: "several-rows", readable: true, values: [5n, 5n] },
    ],
  ])("%s", (_name, content, state) => expect(decodeBound(content)).toEqual(state));

  test.each([
    ["a view", table([last], [], "v"), /not a plain table/],
    ["a partitioned table", table([last], [], "p"), /not a plain table/],
    ["other columns", table([bigint("ts")]), /neither/],
    ["no columns", table([]), /none/],
    ["another type", table([{ name: "last_allocated", type: "integer" }]), /integer/],
    ["NULL", table([last], [{ last_allocated: null }]), /NULL/],
    ["NULL beside a value", table([last], [{ last_allocated: "5" }, { last_allocated: null }]), /NULL/],
    ["no number", table([last], [{ last_allocated: "1e3" }]), /64-bit/],
    [
      "beyond a long",
      table([last, legacy], [{ last_allocated: "9223372036854775808", legacy_last_allocated: "1" }]),
      /64-bit/,
    ],
    ["a column missing in the row", table([last], [{}]), /64-bit/],
  ])("%s is not guessed at", (_name, content, detail) => {
    expect(decodeBound(content)).toMatchObject({
      state: "unrecognised",
      detail: expect.stringMatching(detail),
    });
  });
});

test("raw cells carry the text and the eight bytes", () => {
  const content = table(
    [last, bigint("note")],
    [
      { last_allocated: "-1", note: "1" },
      { last_allocated: null, note: "2" },
    ],
  );
  expect(rawCells(content)).toEqual([
    { row: 0, name: "last_allocated", text: "-1", hex: "0xffffffffffffffff" },
    { row: 1, name: "last_allocated", text: null, hex: null },
  ]);
});

describe("which table is meant", () => {
  const found = (schema: string, visible: boolean) => ({
    schema,
    table: "_timestamp",
    oid: "1",
    relationKind: "r",
    visible,
  });
  const config = { tablePrefix: "" };

  test("the configured schema, whatever the search path says", () => {
    const located = locate({ ...config, schema: "b" }, [found("a", true), found("b", false)], "a");
    expect(located).toMatchObject({ schema: "b", found: { schema: "b" } });
    expect(locate({ ...config, schema: "c" }, [found("a", true)], "a")).toEqual({
      schema: "c",
      table: "_timestamp",
      found: null,
    });
  });

  test("the only one there is, on the search path or not", () => {
    expect(locate(config, [found("a", false)], "public")).toMatchObject({ schema: "a" });
  });

  test("of several none, not even the first on the search path", () => {
    expect(() => locate(config, [found("a", true), found("b", false)], "a")).toThrow(
      /a \(first on our search path\), b/,
    );
  });

  test("where it would be created, or nowhere", () => {
    expect(locate({ tablePrefix: "App_" }, [], "public")).toEqual({
      schema: "public",
      table: "app__timestamp",
      found: null,
    });
    expect(() => locate(config, [], null)).toThrow(/search path/);
  });
});
