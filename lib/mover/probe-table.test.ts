import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { durationOf, totalOf } from "#lib/mover/assess-sizes.ts";
import { probeTable } from "#lib/mover/probe-table.ts";
import { SMALL_STORES, stores } from "#lib/mover/testing-arbitraries.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";

/** Versions in the first four blocks of the source in memory. */
const HEAD_VERSIONS = 9;

describe("a table that was looked into", () => {
  test("is counted exactly where all of it was seen, and never called so otherwise", async () => {
    await fc.assert(
      fc.asyncProperty(stores({ ...SMALL_STORES, valueMax: 20 }), async ({ store }) => {
        for (const { name, versions } of store.tables) {
          const probe = await probeTable(new MemorySource(store), name);
          const cells = new Set(
            versions.map(
              ({ row, column }) =>
                `${Buffer.from(row).toString("hex")}/${Buffer.from(column).toString("hex")}`,
            ),
          );
          expect(probe.versions).toBe(versions.length);
          expect(probe.looked).toBeLessThanOrEqual(versions.length + HEAD_VERSIONS);
          if (versions.length > HEAD_VERSIONS) expect(probe.isExact).toBe(false);
          if (!probe.isExact) continue;
          const bytes = versions.reduce(
            (sum, { row, column, value }) => sum + row.length + column.length + value.length,
            0,
          );
          expect(probe).toMatchObject({ versions: versions.length, cells: cells.size, bytes });
          expect(probe.largestValue).toBe(Math.max(0, ...versions.map(({ value }) => value.length)));
          expect(probe.largestKey).toBe(
            Math.max(0, ...versions.map(({ row, column }) => row.length + column.length)),
          );
          for (const start of probe.uncommitted) expect(store.transactions.has(start)).toBe(false);
          const missing = versions.some(
            ({ timestamp }) => timestamp > 0n && !store.transactions.has(timestamp),
          );
          expect(probe.uncommitted.length > 0).toBe(missing);
        }
      }),
    );
  });

  test("has an unknown size where the store knows none, not zero", async () => {
    const versions = Array.from({ length: 40 }, (_, index) => ({
      row: Buffer.from(String(index)),
      column: Buffer.from("c"),
      timestamp: 0n,
      value: Buffer.from("v"),
    }));
    const store = {
      tables: [{ name: "app.t", metadata: Buffer.from("0a", "hex"), versions }],
      mapping: [],
      transactions: new Map(),
    };
    const source = new MemorySource(store);
    source.planCuts = async () => ({ estimate: { versions: null as never, bytes: null }, places: [] });
    expect(await probeTable(source, "app.t")).toMatchObject({ versions: null, cells: null, bytes: null });
  });
});

describe("a duration", () => {
  const pair = ["postgres", "cassandra"] as const;

  test("grows with size, never ends before it begins, and is unknown with the size", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (versions, bytes) => {
        const some = durationOf(pair, versions, bytes);
        const more = durationOf(pair, versions + 1_000_000, bytes);
        if (some === null || more === null) throw new Error("no duration");
        expect(some.least).toBeLessThanOrEqual(some.most);
        expect(more.most).toBeGreaterThanOrEqual(some.most);
      }),
    );
    expect(durationOf(pair, null, 5)).toBeNull();
    expect(durationOf(pair, 5, null)).toBeNull();
  });

  test("of a whole move is unknown as soon as that of one table is", () => {
    const table = {
      name: "app.t",
      fate: "copied" as const,
      reason: "",
      replaces: false,
      versions: 5,
      cells: 5,
      bytes: 50,
      duration: { least: 1, most: 2 },
    };
    const unknown = { ...table, cells: null, bytes: null, duration: null };
    const left = { ...unknown, fate: "kept" as const };
    expect(totalOf([table, table, left])).toEqual({ cells: 10, bytes: 100, duration: { least: 2, most: 4 } });
    expect(totalOf([table, unknown])).toEqual({ cells: null, bytes: null, duration: null });
  });
});
