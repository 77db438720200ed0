import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { CellBlockBuilder } from "#lib/mover/cell-block.ts";
import { CommitOracle } from "#lib/mover/commit-oracle.ts";
import { type Counts, NO_COUNTS } from "#lib/mover/counts.ts";
import { LatestCommitted } from "#lib/mover/latest-committed.ts";
import { SMALL_STORES, stores } from "#lib/mover/testing-arbitraries.ts";
import { cellsOf, modelCommits, versionBlocks } from "#lib/mover/testing-cells.ts";
import { cellLines, type ModelSnapshot, modelStore, readModelTable } from "#lib/mover/testing-store.ts";
import { visibleCells } from "#lib/mover/visible-cells.ts";

async function* streamed<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function expectedCounts({ cells, dropped }: ModelSnapshot): Counts {
  const { tooNew, committedLater, uncommitted, aborted, deleted, sentinel, older } = dropped;
  return {
    ...NO_COUNTS,
    versions: cells.length + Object.values(dropped).reduce((sum, count) => sum + count, 0),
    cells: cells.length,
    later: tooNew + committedLater,
    inProgress: uncommitted,
    aborted,
    deleted,
    sentinels: sentinel,
    older,
    bytes: cells.reduce((sum, { row, column, value }) => sum + row.length + column.length + value.length, 0),
  };
}

describe("the filter", () => {
  test("gives what the plainest reader gives, however the versions are cut into blocks", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        stores(SMALL_STORES),
        sizes,
        fc.boolean(),
        async ({ store, at }, blockSizes, preload) => {
          const oracle = await CommitOracle.open(modelCommits(store, preload), at);
          for (const table of store.tables) {
            const wanted = readModelTable(store, table, at);
            let counts = NO_COUNTS;
            const blocks = await collect(
              visibleCells(streamed(versionBlocks(table, blockSizes)), oracle, at, (more) => {
                counts = { ...more, ...sum(counts, more) };
              }),
            );
            const cells = cellsOf(blocks);
            expect(cellLines(cells)).toEqual(cellLines(wanted.cells));
            expect(cells.every(({ timestamp }) => timestamp === at)).toBe(true);
            expect(counts).toEqual(expectedCounts(wanted));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test("asks for no commit twice while it is remembered, and for none that was read with the whole table", async () => {
    const table = { name: "t.t", metadata: new Uint8Array(), versions: manyCells(500, 3) };
    const store = modelStore({
      transactions: new Map([1n, 2n, 3n].map((start) => [start, { commit: start + 10n, staged: false }])),
    });
    for (const preload of [true, false]) {
      const commits = modelCommits(store, preload);
      const oracle = await CommitOracle.open(commits, 100n);
      const blocks = visibleCells(streamed(versionBlocks(table, [50])), oracle, 100n, () => undefined);
      expect(cellsOf(await collect(blocks))).toHaveLength(500);
      expect(commits.lookUps).toBe(preload ? 0 : 1);
    }
  });

  test("reads thousands of versions of one cell without keeping them", async () => {
    const versions = Array.from({ length: 20_000 }, (_, index) => version("r", "c", BigInt(index + 1)));
    const store = modelStore({ transactions: new Map([[7n, { commit: 8n, staged: false }]]) });
    const oracle = await CommitOracle.open(modelCommits(store, false), 1_000_000n);
    const table = { name: "t.t", metadata: new Uint8Array(), versions };
    let counts = NO_COUNTS;
    const blocks = visibleCells(streamed(versionBlocks(table, [100])), oracle, 1_000_000n, (more) => {
      counts = { ...more, ...sum(counts, more) };
    });
    expect(cellsOf(await collect(blocks)).map(({ value }) => value.toString())).toEqual(["7"]);
    expect(counts).toMatchObject({ versions: 20_000, inProgress: 19_993, older: 6, cells: 1 });
  });

  test.each([
    ["a cell that comes again", [version("b", "c", 1n), version("a", "c", 1n)]],
    ["a newer version behind an older one", [version("a", "c", 1n), version("a", "c", 2n)]],
    ["a version that comes twice", [version("a", "c", 1n), version("a", "c", 1n)]],
  ])("refuses %s, in one block and over a border", async (_, versions) => {
    const store = modelStore({
      transactions: new Map([1n, 2n].map((start) => [start, { commit: 3n, staged: false }])),
    });
    const oracle = await CommitOracle.open(modelCommits(store, true), 100n);
    for (const perBlock of [1, 2]) {
      const builder = new CellBlockBuilder();
      const filter = new LatestCommitted(oracle.states, 100n);
      const run = () => {
        for (const [index, { row, column, timestamp, value }] of versions.entries()) {
          builder.add(row, column, timestamp, value);
          if (builder.count < perBlock && index + 1 < versions.length) continue;
          filter.push(builder.take());
          filter.advance(new CellBlockBuilder());
        }
      };
      expect(run).toThrow(AdapterError);
      expect(run).toThrow(/out of order/);
    }
  });
});

function sum(a: Counts, b: Counts): Counts {
  return Object.fromEntries(
    Object.entries(a).map(([name, count]) => [name, count + b[name as keyof Counts]]),
  ) as Counts;
}

function version(row: string, column: string, timestamp: bigint) {
  return {
    row: Buffer.from(row),
    column: Buffer.from(column),
    timestamp,
    value: Buffer.from(String(timestamp)),
  };
}

function manyCells(cells: number, versions: number) {
  return Array.from({ length: cells * versions }, (_, index) =>
    version(String(Math.floor(index / versions)), "c", BigInt((index % versions) + 1)),
  );
}
