import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { embeddedStart, heldValues } from "#lib/stores/bound-state.ts";
import {
  ATLASDB_COLUMNS,
  backupOfTheDocuments,
  boundValue,
  type Cell,
  COLUMNS,
  decodeBound,
  rawCells,
  type TableContent,
} from "#lib/stores/cassandra/decode.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

const cell = (column1: string, value: string, column2 = -1n): Cell => ({
  column1,
  column2,
  value,
  writtenAt: null,
});

const table = (...cells: readonly Cell[]): TableContent => ({ columns: ATLASDB_COLUMNS, cells });
const ts = (value: string) => cell(COLUMNS.ts, value);
const oldTs = (value: string) => cell(COLUMNS.oldTs, value);
const tr = (value: string) => cell(COLUMNS.tr, value);
const B = boundValue(7n);
const K = boundValue(5n);

describe("the state machine of AtlasDB", () => {
  test.each<[string, readonly Cell[], BoundState, string]>([
    ["nothing", [], { state: "no-row" }, "creates-initial"],
    ["a cleared backup alone", [oldTs("")], { state: "no-row" }, "creates-initial"],
    ["a bound", [ts(B)], { state: "readable", bound: 7n }, "reads"],
    ["a bound and a cleared backup", [ts(B), oldTs("")], { state: "readable", bound: 7n }, "reads"],
    ["a bound and a one-byte backup", [ts(B), oldTs("00")], { state: "readable", bound: 7n }, "reads"],
    ["an invalidated bound", [ts("00"), oldTs(K)], { state: "invalidated", kept: 5n }, "fails"],
    ["an emptied bound with a backup", [ts(""), oldTs(K)], { state: "invalidated", kept: 5n }, "fails"],
    [
      "seven bytes with a backup",
      [ts("00".repeat(7)), oldTs(K)],
      { state: "invalidated", kept: 5n },
      "fails",
    ],
    ["both", [ts(B), oldTs(K)], { state: "both", rows: [{ bound: 7n, kept: 5n }] }, "reads"],
    ["a backup alone", [oldTs(K)], { state: "both", rows: [{ bound: null, kept: 5n }] }, "creates-initial"],
    ["neither", [ts("00")], { state: "neither", tr: null }, "fails"],
    ["neither, with a cleared backup", [ts("00"), oldTs("")], { state: "neither", tr: null }, "fails"],
    ["the documents' backup", [ts("00"), tr(K)], { state: "neither", tr: 5n }, "fails"],
    ["a documents' backup that is none", [ts("00"), tr("00")], { state: "neither", tr: null }, "fails"],
  ])("%s", (_name, cells, state, start) => {
    expect(decodeBound(table(...cells))).toEqual(state);
    expect(embeddedStart(decodeBound(table(...cells)))).toBe(start);
  });

  test("no table", () => expect(decodeBound(null)).toEqual({ state: "no-table" }));

  test("a longer value is recognised as what it is, with the bytes that AtlasDB would read", () => {
    expect(decodeBound(table(ts(`${B}ff`)))).toMatchObject({
      state: "unrecognised",
      detail: expect.stringMatching(/9 bytes.*first 8 of them, 7/),
    });
    expect(decodeBound(table(ts("00"), oldTs(`${K}00`)))).toMatchObject({
      state: "unrecognised",
      detail: expect.stringContaining("the backup has 9 bytes"),
    });
  });

  test("of any lengths, only 8 bytes ever count as a value", () => {
    const bytes = fc.uint8Array({ maxLength: 8 }).map((value) => Buffer.from(value).toString("hex"));
    fc.assert(
      fc.property(fc.option(bytes), fc.option(bytes), (bound, kept) => {
        const cells = [...(bound === null ? [] : [ts(bound)]), ...(kept === null ? [] : [oldTs(kept)])];
        const state = decodeBound(table(...cells));
        const whole = [bound, kept].filter((value) => value?.length === 16).length;
        expect(heldValues(state)).toHaveLength(whole);
        expect(state.state).not.toBe("unrecognised");
      }),
    );
  });

  test("every long comes back from its bytes, negative ones too", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: LONG_MIN, max: LONG_MAX }), (bound) => {
        expect(decodeBound(table(ts(boundValue(bound))))).toEqual({ state: "readable", bound });
      }),
    );
    expect(boundValue(123_456_789n)).toBe("00000000075bcd15");
  });
});

describe("what AtlasDB does not look at", () => {
  test("cells of another second column are shown, but are no bound", () => {
    const content = table(cell(COLUMNS.ts, B, 0n));
    expect(decodeBound(content)).toEqual({ state: "no-row" });
    expect(rawCells(content)).toEqual([
      { row: 0, name: "ts at column2 0", text: "7", hex: "0x0000000000000007" },
    ]);
  });

  test("other columns are shown by their bytes", () => {
    expect(rawCells(table(cell("ff", "0102"), ts("00"), oldTs(""), tr(K)))).toEqual([
      { row: 0, name: "0xff", text: "0x0102", hex: "0x0102" },
      { row: 1, name: "ts", text: "0x00", hex: "0x00" },
      { row: 2, name: "oldTs", text: "0x", hex: "0x" },
      { row: 3, name: "tr", text: "5", hex: "0x0000000000000005" },
    ]);
  });

  test("the documents' backup is told beside any state", () => {
    expect(backupOfTheDocuments(table(ts(B), tr(K)))).toBe(5n);
    expect(backupOfTheDocuments(table(ts(B), tr("")))).toBeNull();
    expect(backupOfTheDocuments(null)).toBeNull();
  });
});

test("a table of another shape is not read as a bound", () => {
  const columns = ATLASDB_COLUMNS.map((column) =>
    column.name === "column2" ? { ...column, type: "int" } : column,
  );
  expect(decodeBound({ columns, cells: [] })).toMatchObject({
    state: "unrecognised",
    detail: expect.stringContaining("column2 int"),
  });
  expect(decodeBound({ columns: [], cells: [] })).toMatchObject({ state: "unrecognised" });
});
