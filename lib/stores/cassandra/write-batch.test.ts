import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { CellBlockBuilder, CellCursor } from "#lib/mover/cell-block.ts";
import { BatchCollector, halves, type WriteBatch } from "#lib/stores/cassandra/write-batch.ts";

type Cell = { readonly row: number; readonly column: number; readonly size: number };

const cells = fc
  .array(
    fc.record({
      row: fc.integer({ min: 0, max: 12 }),
      column: fc.nat(60_000),
      size: fc.oneof(fc.nat(40), fc.nat(3_000), fc.constant(70_000)),
    }),
    { maxLength: 300 },
  )
  .map((all) => all.toSorted((a, b) => a.row - b.row || a.column - b.column));

function collect(all: readonly Cell[], spread: boolean): WriteBatch[] {
  const builder = new CellBlockBuilder();
  for (const { row, column, size } of all)
    builder.add(Uint8Array.of(row), Uint8Array.of(column >> 8, column & 0xff), 5n, new Uint8Array(size));
  const cursor = new CellCursor();
  cursor.reset(builder.take());
  const collector = new BatchCollector(spread);
  const batches: WriteBatch[] = [];
  while (cursor.next()) {
    const batch = collector.add(cursor);
    if (batch !== null) batches.push(batch);
  }
  const rest = collector.take();
  return rest === null ? batches : [...batches, rest];
}

function cellsOf(batch: WriteBatch): { readonly row: string; readonly line: string }[] {
  const cursor = new CellCursor();
  cursor.reset(batch);
  const found = [];
  while (cursor.next()) {
    const row = cursor.row.toString("hex");
    found.push({ row, line: `${row}/${cursor.column.toString("hex")}/${cursor.value.length}` });
  }
  expect(found).toHaveLength(batch.count);
  return found;
}

function linesOf(batches: readonly WriteBatch[]): string[] {
  return batches.flatMap((batch) => cellsOf(batch).map(({ line }) => line));
}

function rowsIn(batch: WriteBatch): number {
  return new Set(cellsOf(batch).map(({ row }) => row)).size;
}

describe("batches", () => {
  test("hold every cell once, in order, within what servers take", () => {
    fc.assert(
      fc.property(cells, fc.boolean(), (all, spread) => {
        const batches = collect(all, spread);
        expect(linesOf(batches)).toEqual(
          all.map(
            ({ row, column, size }) =>
              `${Buffer.of(row).toString("hex")}/${Buffer.of(column >> 8, column & 0xff).toString("hex")}/${size}`,
          ),
        );
        for (const batch of batches) {
          if (batch.count === 1) continue;
          const several = rowsIn(batch) > 1;
          expect(several && !spread).toBe(false);
          expect(batch.count).toBeLessThanOrEqual(several ? 32 : 50);
          expect(batch.bytes.length).toBeLessThanOrEqual(several ? 4_096 : 32_768);
        }
      }),
    );
  });

  test("small cells of many rows share requests only where neighbours are together", () => {
    const all = Array.from({ length: 64 }, (_, index) => ({ row: index, column: 0, size: 10 }));
    expect(collect(all, false)).toHaveLength(64);
    expect(collect(all, true)).toHaveLength(2);
  });

  test("are halved down to single cells", () => {
    const [batch] = collect(
      Array.from({ length: 5 }, (_, column) => ({ row: 1, column, size: 1 })),
      false,
    );
    const split = (one: WriteBatch): readonly WriteBatch[] => halves(one)?.flatMap(split) ?? [one];
    const singles = split(batch ?? { bytes: Buffer.alloc(0), count: 0 });
    expect(singles.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
    expect(linesOf(singles)).toEqual(linesOf(batch === undefined ? [] : [batch]));
  });
});
