import fc from "fast-check";
import { expect, test } from "vitest";

import { CellBlockBuilder } from "#lib/mover/cell-block.ts";
import { SpoolRun } from "#lib/mover/spool-run.ts";

/** Rows that have much in common: long beginnings, and tails of zeros that only their length tells apart. */
const rows = fc
  .tuple(
    fc.constantFrom("", "t", "tenant/0000000001/stream/", "tenant/0000000002/stream/"),
    fc.array(fc.constantFrom(0x00, 0x01, 0x80, 0xff), { maxLength: 6 }),
    fc.nat(12),
  )
  .map(([begins, bytes, zeros]) => Buffer.from([...Buffer.from(begins), ...bytes, ...Buffer.alloc(zeros)]));

test("gives its pieces in the order of their rows' bytes, run after run", () => {
  const run = new SpoolRun();
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (all, page) => {
      const distinct = [...new Map(all.map((row) => [row.toString("hex"), row])).values()];
      run.clear();
      for (let from = 0; from < distinct.length; from += page) {
        const builder = new CellBlockBuilder();
        for (const row of distinct.slice(from, from + page)) builder.add(row, row, 7n, Buffer.from("value"));
        run.add(builder.take());
      }
      const found = Array.from(run.sorted(), (piece) =>
        run.bytes.toString("hex", run.startOf(piece) + 6, run.startOf(piece) + 6 + lengthAt(run, piece)),
      );
      expect(found).toEqual(
        distinct.toSorted((a, b) => Buffer.compare(a, b)).map((row) => row.toString("hex")),
      );
    }),
    { numRuns: 60 },
  );
});

function lengthAt(run: SpoolRun, piece: number): number {
  return run.bytes.readInt32BE(run.startOf(piece) + 2);
}

test("gives the pieces of one row in the order of their columns and versions", () => {
  const run = new SpoolRun();
  const [row, none] = [Buffer.from("hot"), Buffer.alloc(0)];
  const cells = Array.from({ length: 300 }, (_, index) => ({
    column: Buffer.from([(index * 7) % 100]),
    timestamp: BigInt(1 + (index % 3)),
  }));
  for (const { column, timestamp } of cells) {
    const builder = new CellBlockBuilder();
    builder.add(row, column, timestamp, none);
    run.add(builder.take());
  }
  const found = Array.from(run.sorted(), (piece) => {
    const column = run.startOf(piece) + 6 + row.length + 4;
    return `${run.bytes[column]}@${run.bytes.readBigInt64BE(column + 1 + 4)}`;
  });
  const wanted = cells.toSorted(
    (a, b) => Buffer.compare(a.column, b.column) || (a.timestamp > b.timestamp ? -1 : 1),
  );
  expect(found).toEqual(wanted.map(({ column, timestamp }) => `${column[0]}@${timestamp}`));
});
