import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";

import { cassandraPhysicalName, cassandraQualifiedName } from "#lib/atlasdb/cassandra-layout.ts";
import { DEFAULT_MAPPING } from "#lib/atlasdb/coordination.ts";
import { toHex } from "#lib/atlasdb/encoding.ts";
import { TESTED_RELEASES } from "#lib/local-cassandra/testing.ts";
import { type CellBlock, CellCursor } from "#lib/mover/cell-block.ts";
import { ABORTED, type CellSource, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { cutRanges, type KeyRange, WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { LARGE_STORES, stores } from "#lib/mover/testing-arbitraries.ts";
import type { ModelStore, ModelVersion } from "#lib/mover/testing-store.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { GOLDEN_CASSANDRA, readGoldenCassandra } from "#lib/stores/cassandra/testing-golden-rows.ts";
import { loadRows } from "#lib/stores/cassandra/testing-load.ts";
import { modelOfRows, rowsOfModel } from "#lib/stores/cassandra/testing-rows.ts";
import { GENERATIONS, inKeyspace, targetFor } from "#lib/stores/cassandra/testing-session.ts";

const OWN_TABLES = ["_metadata", "_transactions", "_transactions2", "_coordination", "_timestamp"];

// Making dozens of tables takes a busy machine a minute.
vi.setConfig({ testTimeout: 240_000 });

/** A version as a short line. */
function lineOf({ row, column, timestamp, value }: ModelVersion): string {
  const shown = value.length > 64 ? `${toHex(value.subarray(0, 8))}…${value.length}` : toHex(value);
  return `${toHex(row)}/${toHex(column)}@${timestamp}=${shown}`;
}

async function linesOf(blocks: AsyncIterable<CellBlock>): Promise<string[]> {
  const lines: string[] = [];
  const cursor = new CellCursor();
  for await (const block of blocks) {
    let count = 0;
    cursor.reset(block);
    while (cursor.next()) {
      count += 1;
      lines.push(lineOf(cursor));
    }
    expect(count).toBe(block.count);
    expect(block.bytes.length <= 1_048_576 || block.count === 1).toBe(true);
  }
  return lines;
}

function newestFirst(versions: readonly ModelVersion[]): string[] {
  return versions
    .toSorted(
      (a, b) =>
        Buffer.compare(a.row, b.row) ||
        Buffer.compare(a.column, b.column) ||
        (a.timestamp > b.timestamp ? -1 : 1),
    )
    .map(lineOf);
}

async function expectTables(source: CellSource, model: ModelStore): Promise<void> {
  for (const table of model.tables) {
    const expected = newestFirst(table.versions);
    const lines = await linesOf(source.readVersions(table.name, WHOLE_TABLE));
    expect(lines, table.name).toEqual(expected);
    // Cut anywhere, the parts are the whole.
    const { places, estimate } = await source.planCuts(table.name, { bytes: 2_000, shardsMax: 7 });
    if (expected.length === 0) expect(estimate).toEqual({ versions: 0, bytes: 0 });
    const parts: string[] = [];
    for (const range of cutRanges(places))
      parts.push(...(await linesOf(source.readVersions(table.name, range))));
    expect(parts, table.name).toEqual(lines);
  }
}

async function expectCommits(source: CellSource, model: ModelStore): Promise<void> {
  const expected = new Map(
    Array.from(model.transactions, ([start, { commit }]) => [start, commit ?? ABORTED] as const),
  );
  const starts = BigInt64Array.from([...expected.keys(), 12_345n, 2n ** 61n + 7n]);
  const looked = await source.commits.lookUp(starts);
  expect(Array.from(looked)).toEqual(Array.from(starts, (start) => expected.get(start) ?? IN_PROGRESS));
  const all = new Map<bigint, bigint>();
  for await (const batch of source.commits.readAll())
    for (const [index, start] of batch.starts.entries()) all.set(start, batch.commits[index] ?? 0n);
  expect(all).toEqual(expected);
  expect(await source.commits.estimateEntries()).toBeGreaterThanOrEqual(expected.size);
}

describe.each(TESTED_RELEASES)("a store in Cassandra %s", (release) => {
  // Dozens of tables are slow to make, so the newer server has the store with most in it alone.
  test.each(release === "2.2.18" ? GOLDEN_CASSANDRA : (["transactions3"] as const))(
    "the golden store %s is read as the plain reader reads it",
    async (name) => {
      const { tables, rows } = await readGoldenCassandra(name);
      const names = tables.map((table) => table.name);
      await inKeyspace(release, async (keyspace) => {
        await loadRows(keyspace.client, keyspace.name, GENERATIONS[release], names, rows);
        const source = await openCassandraCellSource(targetFor(keyspace));
        try {
          const model = modelOfRows(rows, names);
          const listed = await source.listTables();
          expect(listed.map((table) => `${table.name} ${toHex(table.metadata)}`).toSorted()).toEqual(
            model.tables.map((table) => `${table.name} ${toHex(table.metadata)}`).toSorted(),
          );
          expect(listed.every((table) => cassandraQualifiedName(table.physicalName) === table.name)).toBe(
            true,
          );
          await expectTables(source, model);
          await expectCommits(source, model);
        } finally {
          await source.close();
        }
      });
    },
  );

  test("generated stores are read as the plain reader reads them", async () => {
    await fc.assert(
      fc.asyncProperty(
        stores({ ...LARGE_STORES, valueMax: 300_000, manyVersionsMax: 2_000 }),
        async ({ store }) => {
          await inKeyspace(release, async (keyspace) => {
            const names = [...OWN_TABLES, ...store.tables.map(({ name }) => cassandraPhysicalName(name))];
            await loadRows(keyspace.client, keyspace.name, GENERATIONS[release], names, rowsOfModel(store));
            const source = await openCassandraCellSource(targetFor(keyspace));
            try {
              await expectTables(source, store);
              await expectCommits(source, store);
            } finally {
              await source.close();
            }
          });
        },
      ),
      { numRuns: 3, endOnFailure: true },
    );
  });

  test("reading goes on behind any cell, and stops before any", async () => {
    const versions = [...Array.from({ length: 40 }).keys()].flatMap((index) =>
      [0x00, 0x61, 0xff].map((column) => ({
        row: Uint8Array.of(index >> 3, index & 7),
        column: Uint8Array.of(column, index),
        timestamp: 9n,
        value: Uint8Array.of(index),
      })),
    );
    await inKeyspace(release, async (keyspace) => {
      const rows = rowsOfModel({
        tables: [{ name: "app.t", metadata: new Uint8Array(), versions }],
        mapping: DEFAULT_MAPPING,
        transactions: new Map(),
      });
      await loadRows(keyspace.client, keyspace.name, GENERATIONS[release], [...OWN_TABLES, "app__t"], rows);
      const source = await openCassandraCellSource(targetFor(keyspace));
      try {
        const all = newestFirst(versions);
        const placeOf = (index: number) => {
          const at = versions[index];
          return at === undefined ? null : { row: Buffer.from(at.row), column: Buffer.from(at.column) };
        };
        for (const [from, to] of [
          [0, 120],
          [1, 2],
          [2, 4],
          [3, 9],
          [7, 7],
          [100, 119],
          [118, 120],
          [4, 3],
        ] as const) {
          const range: KeyRange = { from: placeOf(from), to: placeOf(to) };
          expect(await linesOf(source.readVersions("app.t", range)), `${from} to ${to}`).toEqual(
            all.slice(from, to),
          );
        }
      } finally {
        await source.close();
      }
    });
  });
});
