import { Parser } from "cassandra-driver/lib/streams.js";
import { expect, test, vi } from "vitest";

import { CellCursor } from "#lib/mover/cell-block.ts";
import { PageSize, readPages } from "#lib/stores/cassandra/cell-pages.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { RawRows, teachRawCells } from "#lib/stores/cassandra/raw-rows.ts";

/** A field as the protocol has it; null is told by its length alone. */
function field(bytes: Buffer | null): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes === null ? -1 : bytes.length);
  return bytes === null ? length : Buffer.concat([length, bytes]);
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** A session that answers every statement with one page of these rows. */
function answering(rows: readonly unknown[]): CopySession {
  return { client: { execute: async () => ({ rows, pageState: null }) } } as unknown as CopySession;
}

function lineOf({ row: key, column, timestamp, value }: CellCursor): string {
  return `${key.toString()}/${column.toString()}@${timestamp}=${value.toString()}`;
}

async function linesOf(rows: readonly unknown[], fixedKey?: Buffer): Promise<string[]> {
  const lines: string[] = [];
  const cursor = new CellCursor();
  const options = { size: new PageSize(), ...(fixedKey === undefined ? {} : { fixedKey }) };
  for await (const block of readPages(answering(rows), "SELECT", [], options)) {
    cursor.reset(block);
    while (cursor.next()) lines.push(lineOf(cursor));
  }
  return lines;
}

const row = Buffer.concat([
  field(Buffer.from("row")),
  field(Buffer.from("col")),
  field(long(~5_000_000_000_123n)),
  field(Buffer.from("value")),
]);

test("rows become records: the complement of column2 is the timestamp, and a null value counts as empty", async () => {
  const bare = Buffer.concat([
    field(Buffer.from("r2")),
    field(Buffer.alloc(0)),
    field(long(0n)),
    field(null),
  ]);
  const before = Buffer.from("the rest of a frame");
  const answer = new RawRows(Buffer.concat([before, row, bare]), before.length, 2);
  expect(await linesOf([answer])).toEqual(["row/col@5000000000123=value", "r2/@-1="]);
  expect(await linesOf([])).toEqual([]);
});

test("a key that is not selected stands before the other columns", async () => {
  const answer = new RawRows(row.subarray(7), 0, 1);
  expect(await linesOf([answer], Buffer.from("fixed"))).toEqual(["fixed/col@5000000000123=value"]);
});

test.each([
  ["cut short in a value", new RawRows(row.subarray(0, -1), 0, 1)],
  ["cut short between rows", new RawRows(row, 0, 2)],
  ["with a key that is null", new RawRows(Buffer.concat([field(null), row.subarray(7)]), 0, 1)],
  ["with a timestamp of another size", new RawRows(Buffer.concat([row.subarray(0, 14), row]), 0, 1)],
])("an answer %s is refused", async (_name, answer) => {
  await expect(linesOf([answer])).rejects.toMatchObject({ code: "unexpected-answer", effect: "none" });
});

test("rows that the driver has parsed are refused: the statement had other columns", async () => {
  await expect(linesOf([{ key: 1 }, { key: 2 }])).rejects.toMatchObject({ code: "unexpected-answer" });
});

test.each([
  ["cells", ["key", "column1", "column2", "value"], true, true],
  ["cells of a row that the statement names", ["column1", "column2", "value"], true, true],
  ["other columns", ["key", "column1", "value"], true, false],
  ["cells of a session that did not ask", ["key", "column1", "column2", "value"], false, false],
])("the driver's parser leaves %s alone or not", (_name, names, rawCells, isRaw) => {
  teachRawCells();
  teachRawCells();
  const pushed: { result?: { rows: unknown[] }; row?: unknown }[] = [];
  const body = Buffer.concat([Buffer.from([0, 0, 0, 1]), row.subarray(names[0] === "key" ? 0 : 7)]);
  let offset = 0;
  const reader = {
    get offset() {
      return offset;
    },
    readInt: () => body.readInt32BE((offset += 4) - 4),
    readBytes: () => {
      const length = body.readInt32BE(offset);
      offset += 4 + length;
      return body.subarray(offset - length, offset);
    },
    getBuffer: () => body,
  };
  const columns = names.map((name) => ({ name, type: { code: name === "column2" ? 2 : 3 } }));
  const encoder = { encodingOptions: { rawCells }, decode: (bytes: Buffer) => bytes };
  const frame = { header: {}, flagsInfo: {}, meta: { columns } };
  Parser.prototype.parseRows.call(
    {
      encoder,
      push: (item: never) => pushed.push(item),
      handleParsingError: (error: unknown) => error,
    } as never,
    frame,
    reader,
  );
  expect(pushed[0]?.result?.rows[0] instanceof RawRows).toBe(isRaw);
  expect(pushed[0]?.row !== undefined).toBe(!isRaw);
});

test("two copies of the module beside one driver, as bundlers make them, read each other's rows", async () => {
  vi.resetModules();
  const other = await import("#lib/stores/cassandra/raw-rows.ts");
  expect(other.RawRows).not.toBe(RawRows);
  other.teachRawCells();
  teachRawCells();
  expect(await linesOf([new other.RawRows(row, 0, 1)])).toEqual(["row/col@5000000000123=value"]);
});
