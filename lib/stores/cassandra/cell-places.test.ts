import fc from "fast-check";
import { expect, test } from "vitest";

import { type CellKey, compareKeys, type KeyRange } from "#lib/mover/key-range.ts";
import { PageSize } from "#lib/stores/cassandra/cell-pages.ts";
import { type Segment, segmentsOf } from "#lib/stores/cassandra/cell-places.ts";

const bytes = (least: number) =>
  fc
    .array(fc.constantFrom(0x00, 0x01, 0xff), { minLength: least, maxLength: 2 })
    .map((all) => Buffer.from(all));
const cells = fc.record({ row: bytes(1), column: bytes(1) });
const places = fc.option(fc.record({ row: bytes(1), column: bytes(0) }));

/** What the statement of a segment would give. */
function isIn(segment: Segment, { row, column }: CellKey): boolean {
  const { from, to } = segment;
  if (segment.kind === "partition") {
    return (
      row.equals(segment.key) &&
      (segment.from === null || Buffer.compare(column, segment.from) >= 0) &&
      (segment.to === null || Buffer.compare(column, segment.to) < 0)
    );
  }
  const start = segment.from === null ? 1 : Buffer.compare(row, segment.from.key);
  const behind = from === null || start > 0 || (start === 0 && segment.from?.inclusive === true);
  return behind && (to === null || Buffer.compare(row, to) < 0);
}

test("the segments of a range hold its cells, each once and in order", () => {
  fc.assert(
    fc.property(fc.array(cells, { maxLength: 40 }), places, places, (all, from, to) => {
      // The engine asks for no range that ends before it begins.
      if (from !== null && to !== null && compareKeys(from, to) > 0) return;
      const range: KeyRange = { from, to };
      const sorted = all.toSorted(compareKeys);
      const expected = sorted.filter(
        (cell) =>
          (from === null || compareKeys(cell, from) >= 0) && (to === null || compareKeys(cell, to) < 0),
      );
      const found = segmentsOf(range).flatMap((segment) => sorted.filter((cell) => isIn(segment, cell)));
      expect(found).toEqual(expected);
    }),
    { numRuns: 3_000 },
  );
});

/** A page whose rows are all of one size. */
function page(rows: number, each: number): { rows: number; bytes: number; largest: number } {
  return { rows, bytes: rows * each, largest: each };
}

test("a page follows the size of rows, grows by steps, and halves when it fails", () => {
  const size = new PageSize();
  expect(size.rows).toBe(4);
  size.arrived(page(4, 100));
  expect(size.rows).toBe(16);
  for (const rows of [16, 64, 256, 1_024, 4_096]) size.arrived(page(rows, 100));
  expect(size.rows).toBe(5_000);
  size.arrived(page(5_000, 1_000));
  expect(size.rows).toBe(1_048);
  size.arrived(page(10, 2_000_000));
  expect(size.rows).toBe(1);
  size.arrived(page(1, 10));
  expect(size.rows).toBe(4);
  size.failed();
  size.failed();
  size.failed();
  expect(size.rows).toBe(1);
  size.arrived(page(0, 0));
  expect(size.rows).toBe(1);
});

test("one large value keeps later pages so small that they could be full of such", () => {
  const size = new PageSize();
  size.arrived({ rows: 4, bytes: 16_777_300, largest: 16_777_216 });
  for (let round = 0; round < 10; round += 1) size.arrived(page(size.rows, 100));
  expect(size.rows).toBe(2);
});
