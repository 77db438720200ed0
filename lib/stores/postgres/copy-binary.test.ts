import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { encodeVarLong } from "#lib/atlasdb/encoding.ts";
import { type CellBlock, CellBlockBuilder } from "#lib/mover/cell-block.ts";
import { cellsOf } from "#lib/mover/testing-cells.ts";
import { decodeCommits } from "#lib/stores/postgres/commit-reader.ts";
import { COPY_HEADER, COPY_TRAILER, CopySplitter } from "#lib/stores/postgres/copy-binary.ts";

const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const records = fc.array(
  fc.record({
    row: bytes(5),
    column: bytes(5),
    timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    value: bytes(300),
  }),
  { maxLength: 30 },
);

function copyOf(
  all: readonly { row: Uint8Array; column: Uint8Array; timestamp: bigint; value: Uint8Array }[],
): Buffer {
  const builder = new CellBlockBuilder(16);
  for (const { row, column, timestamp, value } of all) builder.add(row, column, timestamp, value);
  return Buffer.concat([COPY_HEADER, builder.take().bytes, COPY_TRAILER]);
}

function split(stream: Buffer, cuts: readonly number[]) {
  const splitter = new CopySplitter();
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b), stream.length];
  const blocks: CellBlock[] = [];
  const take = (block: CellBlock | null) => void (block !== null && blocks.push(block));
  ends.forEach((end, index) => {
    // What was written may be overwritten, as a socket does with its memory.
    const piece = Buffer.concat([Buffer.of(index), stream.subarray(ends[index - 1] ?? 0, end)]);
    splitter.write(piece, 1, piece.length);
    piece.fill(0xee);
    if (splitter.isFull || index % 3 === 0) take(splitter.take());
  });
  take(splitter.take());
  splitter.end();
  return blocks;
}

describe("the stream of a binary COPY", () => {
  test("comes apart into its records, wherever the network cut it", () => {
    fc.assert(
      fc.property(records, fc.array(fc.nat(), { maxLength: 40 }), (all, cuts) => {
        const cells = cellsOf(split(copyOf(all), cuts));
        expect(
          cells.map(({ row, column, timestamp, value }) => [row, column, timestamp, value].join("/")),
        ).toEqual(
          all.map(({ row, column, timestamp, value }) =>
            [row, column, timestamp, value].map(asBuffer).join("/"),
          ),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("joins a large record that comes in thousands of pieces", () => {
    const value = Buffer.alloc(30_000_000, 7);
    const stream = copyOf([{ row: Buffer.from("r"), column: Buffer.from("c"), timestamp: 5n, value }]);
    const pieces = Array.from({ length: Math.ceil(stream.length / 8_192) }, (_, index) => index * 8_192);
    const [block, ...others] = split(stream, pieces);
    expect(block?.count).toBe(1);
    expect(others).toEqual([]);
  });

  test("reads NULL as an empty value", () => {
    const stream = Buffer.concat([
      COPY_HEADER,
      Buffer.from("0004000000017200000001630000000800000000000000 05ffffffff".replaceAll(" ", ""), "hex"),
      COPY_TRAILER,
    ]);
    expect(cellsOf(split(stream, []))).toMatchObject([{ timestamp: 5n, value: Buffer.alloc(0) }]);
  });

  test.each([
    ["ended early", Buffer.concat([COPY_HEADER])],
    ["goes on behind its end", Buffer.concat([COPY_HEADER, COPY_TRAILER, COPY_TRAILER])],
    ["has no signature", Buffer.alloc(30)],
    ["has a record of 3 fields", Buffer.concat([COPY_HEADER, Buffer.from([0, 3])])],
  ])("is refused: it %s", (words, stream) => {
    expect(() => split(stream, [])).toThrow(words);
    expect(() =>
      split(
        stream,
        Array.from({ length: stream.length }, (_, index) => index),
      ),
    ).toThrow(words);
  });
});

describe("transactions of schema 1", () => {
  test("are read exactly, whatever their size", () => {
    const longs = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      fc.constantFrom(0n, 127n, 128n, 16_383n, 16_384n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 53n + 1n, -1n),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(longs, longs), { maxLength: 20 }), (entries) => {
        const builder = new CellBlockBuilder();
        for (const [start, commit] of entries)
          builder.add(encodeVarLong(start), Buffer.from("t"), 0n, encodeVarLong(commit));
        const { starts, commits } = decodeCommits(builder.take());
        expect([...starts]).toEqual(entries.map(([start]) => start));
        expect([...commits]).toEqual(entries.map(([, commit]) => commit));
      }),
    );
  });

  test.each(["", "80", "ff", "0101", "ff80ffffffffffffffff00"])("%s is refused as a timestamp", (hex) => {
    const builder = new CellBlockBuilder();
    builder.add(Buffer.from(hex, "hex"), Buffer.from("t"), 0n, encodeVarLong(5n));
    expect(() => decodeCommits(builder.take())).toThrow(/VAR_LONG|no timestamp/);
  });
});

function asBuffer(part: Uint8Array | bigint): Buffer | bigint {
  return typeof part === "bigint" ? part : Buffer.from(part);
}
