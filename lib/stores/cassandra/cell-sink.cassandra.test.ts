import type { Client } from "cassandra-driver";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cassandraPhysicalName, metadataRow } from "#lib/atlasdb/cassandra-layout.ts";
import {
  decodeMapping,
  decodePointer,
  DEFAULT_MAPPING,
  type SchemaMapping,
} from "#lib/atlasdb/coordination.ts";
import { fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { AdapterError } from "#lib/errors.ts";
import { TESTED_RELEASES, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import { CellBlockBuilder } from "#lib/mover/cell-block.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import { ABORTED } from "#lib/mover/cell-source.ts";
import { classifyError } from "#lib/mover/classify-error.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import type { ShardLease } from "#lib/mover/ledger.ts";
import { type ModelCell, modelStore, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";
import { readGoldenCassandra } from "#lib/stores/cassandra/testing-golden-rows.ts";
import { expectLayout } from "#lib/stores/cassandra/testing-layout.ts";
import { loadRows } from "#lib/stores/cassandra/testing-load.ts";
import { modelOfRows, rowsOfModel } from "#lib/stores/cassandra/testing-rows.ts";
import { GENERATIONS, inKeyspace, targetFor } from "#lib/stores/cassandra/testing-session.ts";

const OWN_TABLES = ["_metadata", "_transactions", "_transactions2", "_coordination"];
const CHECKPOINT = { sequence: 1, next: null, counts: NO_COUNTS };

async function withSink<T>(keyspace: TestKeyspace, work: (sink: CellSink) => Promise<T>): Promise<T> {
  const sink = await openCassandraCellSink(targetFor(keyspace));
  try {
    return await work(sink);
  } finally {
    await sink.close();
  }
}

function leaseFor(table: string, start: bigint): ShardLease {
  const estimate = { versions: null, bytes: null };
  return {
    runId: "run",
    shard: { id: 0, table, range: WHOLE_TABLE, estimate },
    start,
    attempt: 1,
    worker: "test",
    checkpoint: null,
  };
}

async function writeCells(
  sink: CellSink,
  table: string,
  start: bigint,
  cells: readonly ModelCell[],
): Promise<void> {
  const writer = await sink.openShard(leaseFor(table, start));
  const builder = new CellBlockBuilder();
  for (const { row, column, value } of cells) {
    builder.add(row, column, start, value);
    if (builder.byteLength > 100_000) await writer.write(builder.take());
  }
  await writer.write(builder.take());
  await writer.commit(CHECKPOINT);
  await writer.close();
}

async function readRows(client: Client, keyspace: string, table: string): Promise<string[]> {
  const lines: string[] = [];
  const cql = `SELECT key, column1, column2, value, writetime(value) AS w FROM ${qualified({ keyspace, table })}`;
  for (let pageState: string | undefined, more = true; more; more = pageState !== undefined) {
    const result = await client.execute(cql, [], {
      prepare: true,
      fetchSize: 500,
      ...(pageState === undefined ? {} : { pageState }),
    });
    pageState = result.pageState ?? undefined;
    for (const row of result.rows) {
      const [key, column1, value] = [row["key"], row["column1"], row["value"]] as readonly Buffer[];
      if (key === undefined || column1 === undefined || value === undefined)
        throw new Error("a cell is missing");
      lines.push(
        `${toHex(key)}/${toHex(column1)}@${String(row["column2"])} ${digest(value)} ${String(row["w"])}`,
      );
    }
  }
  return lines.toSorted();
}

function digest(value: Uint8Array): string {
  return value.length > 64 ? `${value.length} of ${toHex(value.subarray(0, 4))}` : toHex(value);
}

describe.each(TESTED_RELEASES)("a destination in Cassandra %s", (release) => {
  const generation = GENERATIONS[release];

  test("cells stand at S in column2 and write time, whatever their size, and twice is once", async () => {
    const start = 2n ** 53n + 1n;
    const cells: ModelCell[] = [
      ...Array.from({ length: 1_200 }, (_, index) => ({
        row: Uint8Array.of(0x00, 0xff, index >> 9),
        column: Uint8Array.of(0xff, index & 0xff, index >> 8),
        value: Uint8Array.of(index & 0xff),
      })),
      ...[1, 40_000, 400_000, 1_048_576].map((length, index) => ({
        row: Uint8Array.of(0xff, index),
        column: Uint8Array.of(0x00),
        value: new Uint8Array(length).fill(index),
      })),
    ];
    await inKeyspace(release, async (keyspace) => {
      await withSink(keyspace, async (sink) => {
        await sink.createTables([{ name: "app.cells", metadata: Buffer.from(SOME_METADATA) }]);
        await writeCells(sink, "app.cells", start, cells);
        await writeCells(sink, "app.cells", start, cells.slice(500));
      });
      const expected = cells.map(
        ({ row, column, value }) => `${toHex(row)}/${toHex(column)}@${-start - 1n} ${digest(value)} ${start}`,
      );
      expect(await readRows(keyspace.client, keyspace.name, "app__cells")).toEqual(expected.toSorted());
    });
  });

  test("a value that the server takes from nobody is told as such, and is poison for its range alone", async () => {
    await inKeyspace(release, async (keyspace) => {
      await withSink(keyspace, async (sink) => {
        await sink.createTables([{ name: "app.large", metadata: Buffer.from(SOME_METADATA) }]);
        const failed = await writeCells(sink, "app.large", 7n, [
          { row: Uint8Array.of(1), column: Uint8Array.of(1), value: new Uint8Array(20 * 1_024 * 1_024) },
        ]).catch((error: unknown) => classifyError(error));
        expect(failed).toMatchObject({ code: "value-too-large", class: "poison" });
        // The connection goes on.
        await writeCells(sink, "app.large", 7n, [
          { row: Uint8Array.of(2), column: Uint8Array.of(1), value: Uint8Array.of(1) },
        ]);
      });
      expect(await readRows(keyspace.client, keyspace.name, "app__large")).toHaveLength(1);
    });
  });

  test("a failure comes out of commit and is not forgotten", async () => {
    await inKeyspace(release, async (keyspace) => {
      await withSink(keyspace, async (sink) => {
        await sink.createTables([{ name: "app.gone", metadata: Buffer.from(SOME_METADATA) }]);
        await keyspace.client.execute(`DROP TABLE ${keyspace.name}.app__gone`);
        const writer = await sink.openShard(leaseFor("app.gone", 7n));
        const builder = new CellBlockBuilder();
        builder.add(Uint8Array.of(1), Uint8Array.of(1), 7n, Uint8Array.of(1));
        await writer.write(builder.take());
        await expect(writer.commit(CHECKPOINT)).rejects.toMatchObject({ code: "table-missing" });
        await expect(writer.commit(CHECKPOINT)).rejects.toBeInstanceOf(AdapterError);
        await writer.close();
        await writer.close();
      });
    });
  });

  test("tables have AtlasDB's options, id and metadata, and come back after a drop", async () => {
    const golden = await readGoldenCassandra("source");
    const model = modelOfRows(
      golden.rows,
      golden.tables.map(({ name }) => name),
    );
    const wanted = [
      "_transactions2",
      "app.blobs",
      "app.MixedCase_Thorough_Migration",
      "app.att_stream_hash_aidx",
    ];
    const tables = model.tables
      .filter(({ name }) => wanted.includes(name))
      .map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }));
    await inKeyspace(release, async (keyspace) => {
      await withSink(keyspace, async (sink) => {
        expect(await sink.listTables()).toEqual([]);
        for (let round = 0; round < 2; round += 1) {
          await sink.createTables(tables);
          await sink.createTables(tables);
          const listed = await sink.listTables();
          expect(listed.map(({ name, metadata }) => `${name} ${toHex(metadata)}`).toSorted()).toEqual(
            tables.map(({ name, metadata }) => `${name} ${toHex(metadata)}`).toSorted(),
          );
          for (const { name } of tables) await expectLayout(keyspace, generation, name, golden.tables);
          await writeCells(sink, "app.blobs", 5n, [
            { row: Uint8Array.of(1), column: Uint8Array.of(2), value: Uint8Array.of(3) },
          ]);
          // Cells of a dropped table must not come back with its id.
          await sink.dropTables([...wanted, "app.never"]);
          expect(await sink.listTables()).toEqual([]);
        }
        await sink.createTables(tables);
        expect(await readRows(keyspace.client, keyspace.name, "app__blobs")).toEqual([]);
      });
    });
  });

  test("names that Cassandra or AtlasDB cannot hold are refused before anything is made", async () => {
    const metadata = Buffer.from(SOME_METADATA);
    await inKeyspace(release, async (keyspace) => {
      await withSink(keyspace, async (sink) => {
        await expect(
          sink.createTables([
            { name: "app.fine", metadata },
            { name: `app.${"x".repeat(44)}`, metadata },
          ]),
        ).rejects.toMatchObject({ code: "name-too-long", effect: "none" });
        await expect(
          sink.createTables([
            { name: "app.One", metadata },
            { name: "app.ONE", metadata },
          ]),
        ).rejects.toMatchObject({ code: "name-taken", effect: "none" });
        await expect(
          sink.createTables([{ name: "app.bare", metadata: Buffer.alloc(0) }]),
        ).rejects.toMatchObject({ code: "metadata-unreadable", effect: "none" });
        expect(await sink.listTables()).toEqual([]);
      });
    });
  });

  test("metadata found under another case and an older time is replaced", async () => {
    await inKeyspace(release, async (keyspace) => {
      await loadRows(
        keyspace.client,
        keyspace.name,
        generation,
        ["_metadata"],
        [
          {
            table: "_metadata",
            key: new TextEncoder().encode("App.Users"),
            column1: Uint8Array.of(0x6d),
            column2: ~1_000n,
            value: fromHex("00"),
            writeTime: 1_000n,
          },
        ],
      );
      await withSink(keyspace, async (sink) => {
        await sink.createTables([{ name: "App.Users", metadata: Buffer.from(SOME_METADATA) }]);
        expect((await sink.listTables())[0]?.metadata).toEqual(Buffer.from(SOME_METADATA));
      });
      const rows = await readRows(keyspace.client, keyspace.name, "_metadata");
      expect(rows.filter((line) => line.startsWith(`${toHex(metadataRow("app.users"))}/6d@`))).toHaveLength(
        1,
      );
    });
  });

  const mappings: readonly (readonly [string, SchemaMapping])[] = [
    ["a store of schema 1 without _coordination", DEFAULT_MAPPING],
    [
      "schema 2",
      [
        { from: 1n, until: 30_000_000n, schema: 1 },
        { from: 30_000_000n, until: null, schema: 2 },
      ],
    ],
    [
      "schema 3",
      [
        { from: 1n, until: 30_000_000n, schema: 2 },
        { from: 30_000_000n, until: null, schema: 3 },
      ],
    ],
  ];

  test.each(mappings)("a commit is entered by the rules of %s", async (_name, mapping) => {
    const transactions = new Map([
      [31_000_000n, { commit: 31_000_009n, staged: false }],
      [31_000_001n, { commit: null, staged: false }],
      [31_000_002n, { commit: 31_000_003n, staged: true }],
    ]);
    await inKeyspace(release, async (keyspace) => {
      const rows = rowsOfModel(modelStore({ mapping, transactions }));
      await loadRows(keyspace.client, keyspace.name, generation, OWN_TABLES, rows);
      const target = targetFor(keyspace);
      await withSink(keyspace, async (sink) => {
        const [start, commit] = [2n ** 60n + 1n, 2n ** 60n + 5n];
        expect(await sink.putCommit(start, commit)).toBe(commit);
        expect(await sink.putCommit(start, commit)).toBe(commit);
        // Another commit, or an abort, that stands there already is told and left.
        expect(await sink.putCommit(start, commit + 1n)).toBe(commit);
        expect(await sink.putCommit(31_000_000n, 40_000_000n)).toBe(31_000_009n);
        expect(await sink.putCommit(31_000_001n, 40_000_000n)).toBe(ABORTED);
        // Half-written by somebody with the same commit: settled.
        expect(await sink.putCommit(31_000_002n, 31_000_003n)).toBe(31_000_003n);
        const source = await openCassandraCellSource(target);
        const looked = await source.commits.lookUp(
          BigInt64Array.of(start, 31_000_000n, 31_000_001n, 31_000_002n),
        );
        await source.close();
        expect([...looked]).toEqual([commit, 31_000_009n, ABORTED, 31_000_003n]);
      });
      await expectCovered(keyspace, mapping);
      await expectSettled(keyspace, mapping);
    });
  });

  /** Nobody may give S another schema: the bound is past it, and the mapping is as it was. */
  async function expectCovered({ client, name }: TestKeyspace, mapping: SchemaMapping): Promise<void> {
    const { rows } = await client.execute(
      `SELECT column1, value FROM ${name}."_coordination" WHERE key = 0x6d`,
    );
    const cells = new Map(rows.map((row) => [toHex(row["column1"]), new Uint8Array(row["value"])]));
    const pointer = decodePointer(cells.get("00") ?? new Uint8Array());
    expect(pointer.bound).toBe(2n ** 60n + 1n + 5_000_000n);
    const model = await readBack(client, name);
    expect(model.mapping).toEqual(mapping);
    for (const [column, value] of cells)
      if (column !== "00") expect(decodeMapping(value).length).toBeGreaterThan(0);
  }

  async function readBack(client: Client, name: string) {
    const { rows } = await client.execute(`SELECT key, column1, column2, value FROM ${name}."_coordination"`);
    return modelOfRows(
      rows.map((row) => ({
        table: "_coordination",
        key: new Uint8Array(row["key"]),
        column1: new Uint8Array(row["column1"]),
        column2: -1n,
        value: new Uint8Array(row["value"]),
        writeTime: 0n,
      })),
      [],
    );
  }

  /** What schema 3 committed bears the time of AtlasDB's setOnce, and ends with 01. */
  async function expectSettled({ client, name }: TestKeyspace, mapping: SchemaMapping): Promise<void> {
    if (mapping.at(-1)?.schema !== 3) return;
    const lines = await readRows(client, name, "_transactions2");
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/01 9223372036854775797$/);
  }
});

test("random cells written in any blocks are all there", async () => {
  await inKeyspace("2.2.18", async (keyspace) => {
    await withSink(keyspace, async (sink) => {
      let number = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(
            fc.tuple(
              fc.uint8Array({ minLength: 1, maxLength: 3 }),
              fc.uint8Array({ minLength: 1, maxLength: 3 }),
              fc.uint8Array({ minLength: 1, maxLength: 40 }),
            ),
            {
              selector: ([row, column]) => `${toHex(row)}/${toHex(column)}`,
              maxLength: 300,
            },
          ),
          async (entries) => {
            number += 1;
            const name = `app.random${number}`;
            const cells = entries.map(([row, column, value]) => ({ row, column, value }));
            await sink.createTables([{ name, metadata: Buffer.from(SOME_METADATA) }]);
            await writeCells(sink, name, 9n, cells);
            const expected = cells.map(
              ({ row, column, value }) => `${toHex(row)}/${toHex(column)}@-10 ${digest(value)} 9`,
            );
            expect(await readRows(keyspace.client, keyspace.name, cassandraPhysicalName(name))).toEqual(
              expected.toSorted(),
            );
          },
        ),
        { numRuns: 4 },
      );
    });
  });
});
