import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type CellBlock, CellBlockBuilder, CellCursor } from "#lib/mover/cell-block.ts";
import { compareKeys, cutRanges, WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { SortedSpool, SpoolMemory } from "#lib/mover/sorted-spool.ts";

type SpoolRow = {
  readonly key: Buffer;
  readonly column1: Buffer;
  readonly timestamp: bigint;
  readonly value: Buffer;
};

function blockOf(some: readonly SpoolRow[]): CellBlock {
  const builder = new CellBlockBuilder();
  for (const { key, column1, timestamp, value } of some) builder.add(key, column1, timestamp, value);
  return builder.take();
}

const bytes = fc
  .array(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff), { minLength: 1, maxLength: 8 })
  .map((all) => Buffer.from(all));

const timestamps = fc.oneof(
  fc.bigInt({ min: -1n, max: 20n }),
  fc.bigInt({ min: 2n ** 31n - 3n, max: 2n ** 31n + 3n }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 62n }),
);

const rows = fc
  .array(fc.record({ key: bytes, column1: bytes, timestamp: timestamps, size: fc.nat(300) }), {
    maxLength: 150,
  })
  .map((all) => {
    const distinct = new Map(all.map((one) => [`${keyOf(one)}@${one.timestamp}`, one]));
    return [...distinct.values()].map((one) => ({ ...one, value: Buffer.alloc(one.size, one.size) }));
  });

function keyOf({ key, column1 }: { key: Buffer; column1: Buffer }): string {
  return `${key.toString("hex")}/${column1.toString("hex")}`;
}

function inOrder(all: readonly SpoolRow[]): SpoolRow[] {
  return all.toSorted(
    (a, b) =>
      Buffer.compare(a.key, b.key) ||
      Buffer.compare(a.column1, b.column1) ||
      (a.timestamp > b.timestamp ? -1 : 1),
  );
}

function lineOf(one: SpoolRow): string {
  return `${keyOf(one)}@${one.timestamp}=${one.value.length}`;
}

async function linesOf(blocks: AsyncIterable<CellBlock>): Promise<string[]> {
  const lines: string[] = [];
  const cursor = new CellCursor();
  for await (const block of blocks) {
    cursor.reset(block);
    let count = 0;
    while (cursor.next()) {
      count += 1;
      const { row: key, column: column1, timestamp, value } = cursor;
      lines.push(lineOf({ key, column1, timestamp, value }));
    }
    expect(count).toBe(block.count);
    expect(block.bytes.length <= 1_048_576 || block.count === 1).toBe(true);
  }
  return lines;
}

/** As clusters give them: keys in some other order, each key's versions in theirs, several readers at once. */
async function spool(
  all: readonly SpoolRow[],
  {
    lanes,
    page,
    ...sizes
  }: { lanes: number; page: number; runBytes: number; fanIn: number; blockBytes: number },
): Promise<SortedSpool> {
  const made = new SortedSpool(new SpoolMemory(), sizes);
  const byKey = Map.groupBy(inOrder(all), ({ key }) => key.toString("hex"));
  const hashed = [...byKey].toSorted(([a], [b]) => (reversed(a) < reversed(b) ? -1 : 1));
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const mine = hashed.filter((__, index) => index % lanes === lane).flatMap(([, some]) => some);
      for (let at = 0; at < mine.length; at += page) await made.add(blockOf(mine.slice(at, at + page)));
    }),
  );
  await made.finish();
  return made;
}

function reversed(text: string): string {
  return text.split("").toReversed().join("");
}

describe("a spool", () => {
  test("gives any versions in key order, in one piece and in any parts", async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.record({
          lanes: fc.integer({ min: 1, max: 3 }),
          page: fc.integer({ min: 1, max: 40 }),
          runBytes: fc.integer({ min: 100, max: 5_000 }),
          fanIn: fc.integer({ min: 2, max: 4 }),
          blockBytes: fc.integer({ min: 32, max: 600 }),
        }),
        fc.array(fc.record({ row: bytes, column: fc.oneof(bytes, fc.constant(Buffer.alloc(0))) }), {
          maxLength: 6,
        }),
        async (all, sizes, places) => {
          const made = await spool(all, sizes);
          try {
            const expected = inOrder(all);
            expect(await linesOf(made.read(WHOLE_TABLE))).toEqual(expected.map(lineOf));
            const parts = await Promise.all(
              cutRanges(places).map(async (range) => {
                const some = expected.filter(({ key: row, column1: column }) => {
                  const { from, to } = range;
                  const behind = from === null || compareKeys({ row, column }, from) >= 0;
                  return behind && (to === null || compareKeys({ row, column }, to) < 0);
                });
                expect(await linesOf(made.read(range))).toEqual(some.map(lineOf));
                return some.length;
              }),
            );
            expect(parts.reduce((sum, one) => sum + one, 0)).toBe(all.length);
          } finally {
            await made.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("holds values of megabytes, one at a time", async () => {
    const row = (key: number, size: number) => ({
      key: Buffer.of(key),
      column1: Buffer.of(1),
      timestamp: 5n,
      value: Buffer.alloc(size, key),
    });
    const all = [row(9, 3_000_000), row(3, 10), row(7, 2_000_000), row(5, 100), row(1, 900_000)];
    const made = await spool(all, { lanes: 2, page: 2, runBytes: 1_000_000, fanIn: 2, blockBytes: 65_536 });
    expect(await linesOf(made.read(WHOLE_TABLE))).toEqual(inOrder(all).map(lineOf));
    await made.close();
    await made.close();
  });

  test("is not read before its end, nor after it was closed", async () => {
    const sizes = { runBytes: 10, fanIn: 2, blockBytes: 32 };
    const made = new SortedSpool(new SpoolMemory(), sizes);
    await expect(linesOf(made.read(WHOLE_TABLE))).rejects.toThrow("collecting");
    await made.finish();
    expect(await linesOf(made.read(WHOLE_TABLE))).toEqual([]);
    await made.close();
    await expect(linesOf(made.read(WHOLE_TABLE))).rejects.toThrow("closed");
  });

  test("a failure of the disk comes out of the end and of every later call", async () => {
    const made = new SortedSpool(new SpoolMemory(), { runBytes: 10, fanIn: 2, blockBytes: 32 });
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = "/proc/nowhere";
    const row = { key: Buffer.of(1), column1: Buffer.of(1), timestamp: 5n, value: Buffer.alloc(20) };
    try {
      // What is written behind it fails.
      await made.add(blockOf([row]));
      await expect(made.finish()).rejects.toMatchObject({ code: "disk-failed", effect: "none" });
      await expect(made.add(blockOf([row]))).rejects.toMatchObject({ code: "disk-failed" });
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
    await made.close();
  });
});
