import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  type CellKey,
  compareKeys,
  cutRanges,
  describeKey,
  isEmptyRange,
  rangeFrom,
  rowStart,
  successor,
  WHOLE_TABLE,
} from "#lib/mover/key-range.ts";

const bytes = (min: number) =>
  fc
    .array(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff), { minLength: min, maxLength: 3 })
    .map((all) => Buffer.from(all));
const cells: fc.Arbitrary<CellKey> = fc.record({ row: bytes(1), column: bytes(1) });
const places: fc.Arbitrary<CellKey> = fc.record({ row: bytes(1), column: bytes(0) });

const holds = (range: { from: CellKey | null; to: CellKey | null }, key: CellKey) =>
  (range.from === null || compareKeys(range.from, key) <= 0) &&
  (range.to === null || compareKeys(key, range.to) < 0);

describe("ranges", () => {
  test("cut at any places, every cell is in exactly one of them", () => {
    fc.assert(
      fc.property(fc.array(places, { maxLength: 12 }), cells, (cuts, cell) => {
        const ranges = cutRanges(cuts);
        expect(ranges.filter((range) => holds(range, cell))).toHaveLength(1);
        expect(ranges.some(isEmptyRange)).toBe(false);
      }),
    );
  });

  test("nothing stands between a cell and its successor", () => {
    fc.assert(
      fc.property(cells, cells, (cell, other) => {
        expect(compareKeys(cell, successor(cell))).toBeLessThan(0);
        expect(compareKeys(other, successor(cell)) < 0).toBe(compareKeys(other, cell) <= 0);
      }),
    );
  });

  test("what is left of a range is what is behind the place, and null when that is nothing", () => {
    fc.assert(
      fc.property(places, places, cells, (place, to, cell) => {
        const range = { from: null, to };
        const rest = rangeFrom(range, place);
        const inRest = rest !== null && holds(rest, cell);
        expect(inRest).toBe(holds(range, cell) && compareKeys(place, cell) <= 0);
      }),
    );
    expect(rangeFrom(WHOLE_TABLE, null)).toBeNull();
  });

  test("a row starts before its cells and behind those of the row before", () => {
    const row = Buffer.from("b");
    expect(compareKeys(rowStart(row), { row, column: Buffer.from([0]) })).toBeLessThan(0);
    expect(
      compareKeys(rowStart(row), { row: Buffer.from("a\u{ff}"), column: Buffer.from("z") }),
    ).toBeGreaterThan(0);
    expect(describeKey(rowStart(row))).toBe("62");
    expect(describeKey({ row, column: Buffer.from([0]) })).toBe("62:00");
  });
});
