import { expect, test } from "vitest";

import { CellBlockBuilder } from "#lib/mover/cell-block.ts";
import { batchBody, BatchParams } from "#lib/stores/cassandra/raw-batch.ts";

const ID = Buffer.from("statement-id-16b");
const EACH_QUORUM = 7;

function paramsOf(cells: readonly (readonly [row: string, column: string, value: string])[]): BatchParams {
  const builder = new CellBlockBuilder();
  for (const [row, column, value] of cells)
    builder.add(Buffer.from(row), Buffer.from(column), 5n, Buffer.from(value));
  const column2 = Buffer.alloc(8);
  column2.writeBigInt64BE(~5n);
  return new BatchParams(Buffer.from(cells[0]?.[0] ?? ""), builder.take(), column2);
}

/** Reads a body as the specification words it, apart from how it was made. */
function read(body: Buffer) {
  let at = 0;
  const take = (bytes: number) => body.subarray(at, (at += bytes));
  const short = () => take(2).readUInt16BE();
  const type = take(1)[0];
  const statements = Array.from({ length: short() }, () => {
    const kind = take(1)[0];
    const id = take(short()).toString();
    const values = Array.from({ length: short() }, () => take(take(4).readInt32BE()));
    expect(values).toHaveLength(4);
    const words = values.map((one, index) => (index === 2 ? `@${one.readBigInt64BE()}` : one.toString()));
    return { kind, id, cell: words.join("/") };
  });
  return { type, statements, consistency: short(), flags: [...body.subarray(at)] };
}

test("a batch's body holds each cell under the prepared statement, with column2 in place of the timestamp", () => {
  const params = paramsOf([
    ["row", "a", "one"],
    ["row", "b", ""],
    ["other", "", "three"],
  ]);
  const statement = (cell: string) => ({ kind: 1, id: ID.toString(), cell });
  expect(read(batchBody(params, ID, EACH_QUORUM, 4))).toEqual({
    type: 1,
    statements: [statement("row/a/@-6/one"), statement("row/b/@-6/"), statement("other//@-6/three")],
    consistency: EACH_QUORUM,
    flags: [0],
  });
});

test("later protocols have four bytes of flags", () => {
  const body = batchBody(paramsOf([["row", "a", "one"]]), ID, EACH_QUORUM, 5);
  expect(read(body).flags).toEqual([0, 0, 0, 0]);
});

test("the driver sees the first cell's key, as the parameter it chooses a node by", () => {
  const params = paramsOf([["row", "a", "one"]]);
  expect(Array.isArray(params)).toBe(true);
  expect([...params]).toEqual([Buffer.from("row")]);
});
