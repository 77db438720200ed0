import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { GOLDEN_TICKETS } from "#lib/atlasdb/testing-tickets.ts";
import {
  ATLASDB_COLUMNS,
  boundValue,
  type Cell,
  COLUMNS,
  decodeBound,
} from "#lib/stores/cassandra/decode.ts";
import { fenceCql } from "#lib/stores/cassandra/fence.ts";
import { batchCql, createTableCql, qualified, tableId } from "#lib/stores/cassandra/statements.ts";
import { decodeTicketsCommit, newestOfRow, ticketRows } from "#lib/stores/cassandra/tickets.ts";
import { timeOfUuid } from "#lib/stores/cassandra/time-uuid.ts";

const name = { keyspace: "App", table: "_timestamp" };
const cell = (column: keyof typeof COLUMNS, value: string): Cell => ({
  column1: COLUMNS[column],
  column2: -1n,
  value,
  writtenAt: null,
});

describe("the conditional batch", () => {
  test("guards both cells by the bytes that were read, or by being absent", () => {
    const batch = batchCql(name, [cell("ts", boundValue(7n))], { state: "invalidated", kept: 7n });
    expect(batch?.split("\n")).toEqual([
      "BEGIN UNLOGGED BATCH",
      `  UPDATE "App"."_timestamp" SET value = 0x00 WHERE key = 0x7473 AND column1 = 0x7473 AND column2 = -1 IF value = 0x0000000000000007;`,
      `  INSERT INTO "App"."_timestamp" (key, column1, column2, value) VALUES (0x7473, 0x6f6c645473, -1, 0x0000000000000007) IF NOT EXISTS;`,
      "APPLY BATCH",
    ]);
  });

  test("clears the backup when it restores, and guards the documents' backup too", () => {
    const batch = batchCql(name, [cell("ts", "00"), cell("oldTs", boundValue(5n)), cell("tr", "01")], {
      state: "readable",
      bound: 9n,
    });
    expect(batch).toContain("SET value = 0x0000000000000009 WHERE key = 0x7473 AND column1 = 0x7473");
    expect(batch).toContain(
      "SET value = 0x WHERE key = 0x7473 AND column1 = 0x6f6c645473 AND column2 = -1 IF value = 0x0000000000000005",
    );
    expect(batch).toContain(
      "SET value = 0x01 WHERE key = 0x7473 AND column1 = 0x7472 AND column2 = -1 IF value = 0x01",
    );
  });

  test("writes no other state than a readable and an invalidated bound", () => {
    expect(batchCql(name, [], { state: "no-row" })).toBeNull();
    expect(batchCql(name, [], { state: "both", rows: [] })).toBeNull();
  });

  test("a quote in a name cannot end it", () => {
    expect(qualified({ keyspace: 'a"b', table: "t" })).toBe('"a""b"."t"');
  });
});

describe("a fence", () => {
  const hex = fc.constantFrom(null, "", "00", "0000", "01", boundValue(7n), boundValue(5n));
  const cellsOf = (values: { readonly ts: string | null; readonly oldTs: string | null }) =>
    (["ts", "oldTs"] as const).flatMap((column) => {
      const value = values[column];
      return value === null ? [] : [cell(column, value)];
    });

  test("changes the bytes of one cell and never the state", () => {
    fc.assert(
      fc.property(hex, hex, (ts, oldTs) => {
        const cql = fenceCql(name, cellsOf({ ts, oldTs }));
        const state = decodeBound({ columns: ATLASDB_COLUMNS, cells: cellsOf({ ts, oldTs }) });
        if (cql === null) {
          expect(state.state).toBe("both");
          return;
        }
        const column = cql.includes("0x6f6c645473") ? "oldTs" : "ts";
        const value = /(?:SET value = |-1, )0x([0-9a-f]*)/.exec(cql)?.[1] ?? "";
        expect(value).not.toBe({ ts, oldTs }[column]);
        const after = { columns: ATLASDB_COLUMNS, cells: cellsOf({ ts, oldTs, [column]: value }) };
        expect(decodeBound(after)).toEqual(state);
      }),
    );
  });

  test("is conditional itself", () => {
    expect(fenceCql(name, [cell("ts", boundValue(7n))])).toMatch(/IF NOT EXISTS$/);
    expect(fenceCql(name, [cell("ts", "00"), cell("oldTs", boundValue(5n))])).toMatch(
      /SET value = 0x0000 .*IF value = 0x00$/,
    );
  });
});

describe("the table as AtlasDB creates it", () => {
  test.each([
    ["atlasete", "_timestamp", "fc8f6ad3-6088-3324-a0f3-4abad3f905e0"],
    ["client", "_timestamp", "410f72ba-42f7-393d-9fb4-5422f21b9ae1"],
    ["atlasete", "ns__table0", "0feace65-563f-33a8-a555-5fdf5b3a2e73"],
  ])("the id of %s.%s", (keyspace, table, id) => expect(tableId({ keyspace, table })).toBe(id));

  test("each generation has its own options", () => {
    expect(createTableCql(name, "2.2")).toContain("'sstable_compression'");
    expect(createTableCql(name, "3")).toContain("dclocal_read_repair_chance = 0.0");
    expect(createTableCql(name, "4+")).not.toContain("read_repair_chance");
    expect(createTableCql(name, "4+")).toContain("'chunk_length_in_kb': '4'");
  });
});

describe("transactions of schema 2 and 3", () => {
  const rowOf = (start: bigint) =>
    ticketRows(start / 25_000_000n).find(({ remainder }) => remainder === (start % 25_000_000n) % 16n)?.key;

  test.each(GOLDEN_TICKETS)("start %s is in row %s, column %s", (start, row, column) => {
    expect(rowOf(start)).toBe(row);
    expect(newestOfRow(start / 25_000_000n, (start % 25_000_000n) % 16n, column)).toBe(start);
  });

  const SETTLED = 9_223_372_036_854_775_797n;
  test.each<[string, string, bigint | null, bigint | null]>([
    ["committed in schema 2", "01", 5n, 101n],
    ["aborted in schema 2", "", 5n, null],
    ["committed in schema 3", "0101", SETTLED, 101n],
    ["aborted in schema 3", "01", SETTLED, null],
    ["staged in schema 3", "0100", 5n, null],
    ["staged abort in schema 3", "00", 5n, null],
    ["unreadable", "ff", 5n, null],
  ])("%s", (_name, value, writtenAt, commit) => {
    expect(decodeTicketsCommit(100n, value, writtenAt)).toBe(commit);
  });

  test("a column that AtlasDB does not write is no start", () => {
    expect(newestOfRow(0n, 0n, "ffff")).toBeNull();
    expect(newestOfRow(0n, 0n, "")).toBeNull();
  });
});

test("the time of a time UUID", () => {
  expect(timeOfUuid("23cdde30-e5bd-11f1-b6a9-93badcd4c807")).toBe("2026-11-21T15:06:33.747Z");
  for (const text of [
    "",
    "null",
    "23cdde30-e5bd-41f1-b6a9-93badcd4c807",
    "00000000-0000-1000-8000-000000000000",
  ]) {
    expect(timeOfUuid(text)).toBeNull();
  }
});
