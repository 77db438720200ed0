import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { cassandraPhysicalName } from "#lib/atlasdb/cassandra-layout.ts";
import { fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { createEmptyDatabase } from "#lib/db/testing.ts";
import { createTestKeyspace, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import type { PlannedTable } from "#lib/mover/select-tables.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { cellsOf } from "#lib/mover/testing-cells.ts";
import { cellLines, type ModelStore, readModelTable } from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { identifier } from "#lib/stores/cassandra/statements.ts";
import { type GoldenCassandra, readGoldenCassandra } from "#lib/stores/cassandra/testing-golden-rows.ts";
import { loadRows } from "#lib/stores/cassandra/testing-load.ts";
import { modelOfRows } from "#lib/stores/cassandra/testing-rows.ts";
import { GENERATIONS, targetFor } from "#lib/stores/cassandra/testing-session.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { configFor, restoreGolden, withSession } from "#lib/stores/postgres/testing.ts";

// Each makes dozens of tables twice.
vi.setConfig({ testTimeout: 300_000 });

/** Beyond what a double can hold, so that no step may round it. */
const START = 2n ** 60n + 1n;
const COMMIT = START + 1n;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-cassandra-copy-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** One store under test: opened anew for each use. */
type Store = {
  readonly source: () => Promise<CellSource>;
  readonly sink: () => Promise<CellSink>;
  readonly drop: () => Promise<void>;
};

async function cassandraStore(
  release: CassandraRelease,
): Promise<Store & { readonly keyspace: TestKeyspace }> {
  const keyspace = await createTestKeyspace(release, "network");
  const target = targetFor(keyspace);
  return {
    keyspace,
    source: async () => openCassandraCellSource(target),
    sink: async () => openCassandraCellSink(target),
    drop: keyspace.drop,
  };
}

async function postgresStore(): Promise<Store & { readonly url: string }> {
  const database = await createEmptyDatabase();
  const target = { config: configFor(database.superuserUrl, { statementTimeoutMs: 60_000 }) };
  return {
    url: database.superuserUrl,
    source: async () => postgresCellSource(target),
    sink: async () => postgresCellSink(target),
    drop: database.drop,
  };
}

async function goldenCassandra(name: GoldenCassandra) {
  const { tables, rows } = await readGoldenCassandra(name);
  const names = tables.map((table) => table.name);
  const store = await cassandraStore("2.2.18");
  await loadRows(store.keyspace.client, store.keyspace.name, GENERATIONS["2.2.18"], names, rows);
  return { store, model: modelOfRows(rows, names) };
}

const run = () => ({
  worker: "test",
  onProgress: () => undefined,
  signal: new AbortController().signal,
  whenIdle: "leave" as const,
  // Chunks of a few cells, so that this small store has many checkpoints.
  limits: { versions: 300, bytes: 200_000, ms: 5_000 },
});

/** Sets up, commits S, copies and compares; gives the plan and what the comparison found. */
async function move(from: Store, to: Store, name: string) {
  const [source, sink] = [await from.source(), await to.sink()];
  try {
    const plan = await planSetUp(source, sink);
    await setUp(source, sink, plan);
    await commitStart(sink, START, COMMIT);
    const ledger = await openFileLedger(path.join(folder, `${name}-copy`));
    const cut = { bytes: 20_000, shardsMax: 5 };
    await ledger.create(await planRun(source, { runId: name, kind: "copy", start: START }, plan.tables, cut));
    expect(await runCopy({ ...run(), source, sink, ledger })).toBe("done");
    await ledger.close();
    return { tables: plan.tables, found: await compare(from, to, plan.tables, `${name}-compare`) };
  } finally {
    await source.close();
    await sink.close();
  }
}

async function compare(from: Store, to: Store, tables: readonly PlannedTable[], name: string) {
  const [source, destination] = [await from.source(), await to.source()];
  try {
    const ledger = await openFileLedger(path.join(folder, name));
    await ledger.create(await planRun(source, { runId: name, kind: "compare", start: START }, tables));
    expect(await runComparison({ ...run(), source, destination, ledger })).toBe("done");
    const found = await ledger.differences(100);
    await ledger.close();
    return found.map(({ table, kind }) => `${table} ${kind}`).toSorted();
  } finally {
    await source.close();
    await destination.close();
  }
}

/** Every copied table holds what the plain reader sees at S, once, at S; nothing else; with the same metadata. */
async function expectCopied(to: Store, model: ModelStore, tables: readonly PlannedTable[]): Promise<void> {
  const destination = await to.source();
  try {
    const listed = await destination.listTables();
    const copied = tables.filter(({ fate }) => fate === "copied");
    expect(copied.length).toBeGreaterThan(10);
    for (const { name } of copied) {
      const table = model.tables.find((one) => one.name === name);
      if (table === undefined) throw new Error(`the model has no ${name}`);
      const found = [];
      for await (const block of destination.readVersions(name, WHOLE_TABLE)) found.push(block);
      const cells = cellsOf(found);
      expect(cellLines(cells), name).toEqual(cellLines(readModelTable(model, table, START).cells));
      expect(cells.filter(({ timestamp }) => timestamp !== START)).toEqual([]);
      const metadata = listed.find((one) => one.name === name)?.metadata;
      expect(metadata && toHex(metadata), name).toBe(toHex(table.metadata));
    }
    expect([...(await destination.commits.lookUp(BigInt64Array.of(START)))]).toEqual([COMMIT]);
  } finally {
    await destination.close();
  }
}

/** All rows of a keyspace with their write times. */
async function rawRows({ client, name }: TestKeyspace, tables: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const table of tables) {
    const cql = `SELECT key, column1, column2, value, writetime(value) AS w FROM ${name}.${identifier(table)}`;
    for await (const row of await client.execute(cql, [], { prepare: true, fetchSize: 200 })) {
      const [key, column1, value] = [row["key"], row["column1"], row["value"]].map((blob: Buffer) =>
        toHex(blob),
      );
      lines.push(`${table} ${key} ${column1} ${String(row["column2"])} ${value} ${String(row["w"])}`);
    }
  }
  return lines.toSorted();
}

test.each([
  ["transactions2", "2.2.18"],
  ["transactions3", "5.0.6"],
] as const)(
  "the golden store %s moves to Cassandra %s, and the source is unchanged to the byte",
  async (name, release) => {
    const { store, model } = await goldenCassandra(name);
    const destination = await cassandraStore(release);
    try {
      const names = model.tables.map((table) => cassandraPhysicalName(table.name));
      const before = await rawRows(store.keyspace, names);
      const { tables, found } = await move(store, destination, `${name}-${release}`);
      expect(found).toEqual([]);
      await expectCopied(destination, model, tables);
      expect(await rawRows(store.keyspace, names)).toEqual(before);
      const copied = tables
        .filter(({ fate }) => fate === "copied")
        .map((table) => cassandraPhysicalName(table.name));
      const rows = await rawRows(destination.keyspace, copied);
      expect(rows.filter((line) => !line.endsWith(` ${START}`))).toEqual([]);
      await expectDifferencesFound(store, destination, tables, release);
    } finally {
      await store.drop();
      await destination.drop();
    }
  },
);

/** Each way of being different, made in one table. */
async function expectDifferencesFound(
  from: Store,
  to: Store & { readonly keyspace: TestKeyspace },
  tables: readonly PlannedTable[],
  name: string,
): Promise<void> {
  const { client, name: keyspace } = to.keyspace;
  const table = `${keyspace}.app__users`;
  const { rows } = await client.execute(`SELECT key, column1, column2 FROM ${table} LIMIT 20`);
  const place = (index: number) => [rows[index]?.["key"] as Buffer, rows[index]?.["column1"] as Buffer];
  // Cells bear S as their write time, which lies in the far future of any clock.
  const later = `USING TIMESTAMP ${START + 1n}`;
  const insert = `INSERT INTO ${table} (key, column1, column2, value) VALUES (?, ?, ?, ?) ${later}`;
  const write = async (params: readonly unknown[], cql = insert) =>
    client.execute(cql, [...params], { prepare: true });
  await write(
    [...place(3), String(-START - 1n)],
    `DELETE FROM ${table} ${later} WHERE key = ? AND column1 = ? AND column2 = ?`,
  );
  await write([...place(5), String(-START - 1n), Buffer.from("other")]);
  await write([...place(7), String(-START), Buffer.from("older")]);
  await write([
    Buffer.from(fromHex("ffffff")),
    Buffer.from(fromHex("ff")),
    String(-START - 1n),
    Buffer.from("extra"),
  ]);
  await write([
    Buffer.from(fromHex("00")),
    Buffer.from(fromHex("00")),
    String(-START - 1n),
    Buffer.from("extra"),
  ]);
  expect(await compare(from, to, tables, `${name}-different`)).toEqual([
    "app.users extra",
    "app.users extra",
    "app.users missing",
    "app.users value",
    "app.users version",
  ]);
}

test("the golden store source moves to Postgres", async () => {
  const { store, model } = await goldenCassandra("source");
  const destination = await postgresStore();
  try {
    const { tables, found } = await move(store, destination, "to-postgres");
    expect(found).toEqual([]);
    await expectCopied(destination, model, tables);
  } finally {
    await store.drop();
    await destination.drop();
  }
});

test.each(["2.2.18", "5.0.6"] as const)(
  "the golden Postgres store moves to Cassandra %s and back",
  async (release) => {
    const [first, second, third] = [
      await postgresStore(),
      await cassandraStore(release),
      await postgresStore(),
    ];
    try {
      await restoreGolden(first.url, "source");
      // Neither AtlasDB's migrator nor ours can take a name of this length to Cassandra.
      const long = "app.a_table_with_a_really_long_name_that_goes_past_every_limit_of_oracle";
      const source = await first.source();
      const sink = await second.sink();
      const plan = await planSetUp(source, sink);
      await expect(setUp(source, sink, plan)).rejects.toMatchObject({
        code: "name-too-long",
        effect: "none",
      });
      expect(await sink.listTables()).toEqual([]);
      await source.close();
      await sink.close();
      await withSession(first.url, async (client) => {
        await client.query("DELETE FROM _metadata WHERE table_name = $1", [long]);
      });
      expect((await move(first, second, `${release}-there`)).found).toEqual([]);
      expect((await move(second, third, `${release}-back`)).found).toEqual([]);
    } finally {
      await Promise.all([first.drop(), second.drop(), third.drop()]);
    }
  },
);
