import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compareBytes, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import {
  abortedValue,
  committedValue,
  decodeTransactionValue,
  PARTITION_QUANTUM,
  stagingValue,
  startOfCell,
  ticketRow,
  transactionCell,
  TRANSACTIONS_SCHEMAS,
} from "#lib/atlasdb/transactions.ts";
import { GOLDEN_TICKETS } from "#lib/atlasdb/testing-tickets.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

const schemas = fc.constantFrom(...TRANSACTIONS_SCHEMAS);
const starts = fc.oneof(
  fc.bigInt({ min: 1n, max: LONG_MAX - 1n }),
  // Both sides of the borders of partitions and rows.
  fc
    .tuple(fc.bigInt({ min: 0n, max: LONG_MAX / PARTITION_QUANTUM - 1n }), fc.integer({ min: -18, max: 18 }))
    .map(([partition, by]) => partition * PARTITION_QUANTUM + BigInt(by))
    .filter((start) => start > 0n),
);

describe("golden vectors of atlasdb-facts I", () => {
  test.each(GOLDEN_TICKETS)("the ticket of %s", (start, row, column) => {
    for (const schema of [2, 3] as const) {
      const cell = transactionCell(schema, start);
      expect([cell.table, toHex(cell.row), toHex(cell.column)]).toEqual(["_transactions2", row, column]);
      expect(startOfCell(schema, fromHex(row), fromHex(column))).toBe(start);
    }
  });

  test("one transaction in each schema", () => {
    const [start, commit] = [314_159_266n, 314_159_267n];
    const first = transactionCell(1, start);
    expect([first.table, toHex(first.row), toHex(first.column)]).toEqual([
      "_transactions",
      "f012b9b0a2",
      "74",
    ]);
    expect(toHex(committedValue(1, start, commit))).toBe("f012b9b0a3");
    const second = transactionCell(2, start);
    expect([toHex(second.row), toHex(second.column)]).toEqual(["4300000000000000", "cd80da"]);
    expect(toHex(committedValue(2, start, commit))).toBe("01");
    expect(toHex(stagingValue(start, commit))).toBe("0100");
    expect(toHex(committedValue(3, start, commit))).toBe("0101");
  });

  test("what aborted transactions have", () => {
    expect(TRANSACTIONS_SCHEMAS.map((schema) => toHex(abortedValue(schema)))).toEqual([
      "ff80ffffffffffffffff",
      "",
      "01",
    ]);
  });
});

describe("properties", () => {
  test("a start comes back from its cell, and no two share one", () => {
    fc.assert(
      fc.property(schemas, starts, starts, (schema, start, other) => {
        const cell = transactionCell(schema, start);
        expect(startOfCell(schema, cell.row, cell.column)).toBe(start);
        const another = transactionCell(schema, other);
        const same =
          compareBytes(cell.row, another.row) === 0 && compareBytes(cell.column, another.column) === 0;
        expect(same).toBe(start === other);
      }),
      { numRuns: 1000 },
    );
  });

  test("schema 1 keeps rows in the order of starts; a ticket row keeps columns in it", () => {
    fc.assert(
      fc.property(starts, starts, (a, b) => {
        const order = a < b ? -1 : a > b ? 1 : 0;
        expect(Math.sign(compareBytes(transactionCell(1, a).row, transactionCell(1, b).row))).toBe(order);
        const [left, right] = [transactionCell(2, a), transactionCell(2, b)];
        if (compareBytes(left.row, right.row) !== 0) return;
        expect(Math.sign(compareBytes(left.column, right.column))).toBe(order);
      }),
      { numRuns: 1000 },
    );
  });

  test("a commit comes back from its value", () => {
    fc.assert(
      fc.property(schemas, starts, fc.bigInt({ min: 1n, max: LONG_MAX }), (schema, start, gap) => {
        const commit = start + gap > LONG_MAX ? LONG_MAX : start + gap;
        const value = committedValue(schema, start, commit);
        expect(decodeTransactionValue(schema, start, value)).toEqual({
          outcome: "committed",
          commit,
          settled: true,
        });
        expect(decodeTransactionValue(schema, start, abortedValue(schema))).toEqual({
          outcome: "aborted",
          settled: true,
        });
        expect(decodeTransactionValue(3, start, stagingValue(start, commit))).toEqual({
          outcome: "committed",
          commit,
          settled: false,
        });
      }),
    );
  });

  test("any bytes are either refused or written again as they were", () => {
    fc.assert(
      fc.property(schemas, starts, fc.uint8Array({ maxLength: 12 }), (schema, start, bytes) => {
        const entry = attempt(() => decodeTransactionValue(schema, start, bytes));
        if (entry === null) return;
        if (entry.outcome === "committed") {
          const again = entry.settled
            ? committedValue(schema, start, entry.commit)
            : stagingValue(start, entry.commit);
          expect(toHex(again)).toBe(toHex(bytes));
        } else if (entry.settled) expect(toHex(abortedValue(schema))).toBe(toHex(bytes));
        else expect(toHex(bytes)).toBe("00");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("refusals", () => {
  test.each([
    [1, "a7", "74"],
    [1, "a71100", "74"],
    [1, "a711", "75"],
    [1, "ff80ffffffffffffffff", "74"],
    [2, "80000000000000", "00"],
    [2, "8000000000000001", "00"],
    [2, "8000000000000000", "d7d784"],
    [3, "8000000000000000", "0000"],
  ] as const)("schema %s has no cell %s/%s", (schema, row, column) => {
    expect(() => startOfCell(schema, fromHex(row), fromHex(column))).toThrow(AppError);
  });

  test.each([
    [1, ""],
    [1, "a710"],
    [1, "ff80fffffffffffffffe"],
    [2, "00"],
    [2, "0101"],
    [3, ""],
    [3, "02"],
    [3, "0102"],
    [3, "0001"],
  ] as const)("schema %s has no value %j at 10001", (schema, value) => {
    expect(() => decodeTransactionValue(schema, 10_001n, fromHex(value))).toThrow(AppError);
  });

  test("a commit at its start, and a start below 0", () => {
    expect(() => committedValue(2, 5n, 5n)).toThrow(InvariantError);
    expect(() => transactionCell(1, -1n)).toThrow(AppError);
  });
});

test("the 16 rows of a partition are distinct", () => {
  const rows = Array.from({ length: 16 }, (_, index) => toHex(ticketRow(3n, BigInt(index))));
  expect(new Set(rows).size).toBe(16);
  expect(rows[0]).toBe(toHex(transactionCell(2, 3n * PARTITION_QUANTUM).row));
});

/** The result, or null for a refusal. */
function attempt<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
