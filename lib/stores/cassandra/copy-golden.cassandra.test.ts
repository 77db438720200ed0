import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { cassandraPhysicalName, metadataRow } from "#lib/atlasdb/cassandra-layout.ts";
import { fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { ATOMIC_TABLES } from "#lib/atlasdb/tables.ts";
import { createEmptyDatabase } from "#lib/db/testing.ts";
import { AdapterError } from "#lib/errors.ts";
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
import { readModelTable } from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { identifier } from "#lib/stores/cassandra/statements.ts";
import {
  GOLDEN_CASSANDRA,
  type GoldenCassandra,
  readGoldenCassandra,
} from "#lib/stores/cassandra/testing-golden-rows.ts";
import { expectLayout } from "#lib/stores/cassandra/testing-layout.ts";
import { loadRows } from "#lib/stores/cassandra/testing-load.ts";
import { modelOfRows } from "#lib/stores/cassandra/testing-rows.ts";
import { GENERATIONS, targetFor } from "#lib/stores/cassandra/testing-session.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { configFor, restoreGolden, withSession } from "#lib/stores/postgres/testing.ts";
import { dumpStore, layoutOf, readGoldenDump } from "#lib/stores/postgres/testing-dump.ts";

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

/** A store that the real AtlasDB wrote, with what the real migrator makes of it at `START`, and everything in it as the server has it. */
type Golden = {
  readonly store: Store;
  /** Metadata and cells by table; cells without their timestamp. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly cells: (table: string) => readonly string[];
  readonly dump: () => Promise<unknown>;
};

async function goldenCassandra(name: GoldenCassandra): Promise<Golden> {
  const { tables, rows } = await readGoldenCassandra(name);
  const names = tables.map((table) => table.name);
  const store = await cassandraStore("2.2.18");
  await loadRows(store.keyspace.client, store.keyspace.name, GENERATIONS["2.2.18"], names, rows);
  const model = modelOfRows(rows, names);
  return {
    store,
    metadata: new Map(model.tables.map((table) => [table.name, toHex(table.metadata)])),
    cells: (wanted) => {
      const table = model.tables.find((one) => one.name === wanted);
      if (table === undefined) throw new Error(`the model has no ${wanted}`);
      return readModelTable(model, table, START)
        .cells.map(({ row, column, value }) => lineOf(row, column, value))
        .toSorted();
    },
    dump: async () => rawRows(store.keyspace, names),
  };
}

const lineOf = (...parts: readonly Uint8Array[]) => parts.map((part) => toHex(part)).join(" ");

/** Neither AtlasDB's migrator nor ours can take a name of this length to Cassandra. */
const LONG = "app.a_table_with_a_really_long_name_that_goes_past_every_limit_of_oracle";

/** The store without the table whose name is too long. */
async function goldenPostgres(): Promise<Golden> {
  const store = await postgresStore();
  await restoreGolden(store.url, "source");
  await withSession(store.url, async (client) => {
    await client.query("DELETE FROM _metadata WHERE table_name = $1", [LONG]);
  });
  const made = await readGoldenDump("destination-after-migrate");
  return {
    store,
    metadata: made.metadata,
    cells: (table) =>
      (made.cells.get(table) ?? []).map((line) => line.replace(/ -?\d+ (?=[0-9a-f]*$)/, " ")).toSorted(),
    dump: async () => dumpStore(store.url),
  };
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

/** Every created table has the source's metadata; the copied ones hold what the real migrator copies, once, at S; nothing else is there. */
async function expectMade(to: Store, golden: Golden, tables: readonly PlannedTable[]): Promise<void> {
  const destination = await to.source();
  try {
    const listed = new Map((await destination.listTables()).map(({ name, metadata }) => [name, metadata]));
    const created = tables.filter(({ fate }) => fate === "copied" || fate === "created-empty");
    expect(created.filter(({ fate }) => fate === "copied").length).toBeGreaterThan(10);
    expect([...listed.keys()].toSorted()).toEqual(created.map(({ name }) => name).toSorted());
    for (const { name, fate } of created) {
      expect(listed.get(name)?.toString("hex"), name).toBe(golden.metadata.get(name));
      // Where (S, C) stands, and which schema covers it.
      if (ATOMIC_TABLES.some((own) => own === name)) continue;
      const found = [];
      for await (const block of destination.readVersions(name, WHOLE_TABLE)) found.push(block);
      const cells = cellsOf(found);
      expect(new Set(cells.map(({ timestamp }) => timestamp)), name).toEqual(
        new Set(cells.length === 0 ? [] : [START]),
      );
      const lines = cells.map(({ row, column, value }) => lineOf(row, column, value)).toSorted();
      expect(lines, name).toEqual(fate === "copied" ? golden.cells(name) : []);
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

const SOURCES = ["postgres", ...GOLDEN_CASSANDRA] as const;
const DESTINATIONS = ["postgres", "2.2.18", "5.0.6"] as const;

describe.each(SOURCES)("the golden store %s", (name) => {
  let golden: Golden;
  let before: unknown;
  beforeAll(async () => {
    golden = name === "postgres" ? await goldenPostgres() : await goldenCassandra(name);
    before = await golden.dump();
  });
  afterAll(async () => golden.store.drop());

  // From Postgres to Postgres: lib/stores/postgres/copy-golden.integration.test.ts
  const others = DESTINATIONS.filter((one) => name !== "postgres" || one !== "postgres");
  test.each(others)(
    "becomes on %s what the real migrator makes, and is unchanged to the byte",
    async (kind) => {
      if (kind === "postgres") {
        const to = await postgresStore();
        try {
          await expectMade(to, golden, await moved(golden, to, `${name}-${kind}`));
          for (const [table, lines] of await layoutOf(to.url)) expectRelation(table, lines);
        } finally {
          await to.drop();
        }
      } else {
        const to = await cassandraStore(kind);
        try {
          const tables = await moved(golden, to, `${name}-${kind}`);
          await expectMade(to, golden, tables);
          await expectWrittenAtStart(to.keyspace, tables);
          if (name === "source") await expectRealLayout(to.keyspace, kind, tables);
          if (name === "transactions3") await expectDifferencesFound(golden.store, to, tables, kind);
        } finally {
          await to.drop();
        }
      }
      expect(await golden.dump()).toEqual(before);
    },
  );
});

async function moved(golden: Golden, to: Store, name: string): Promise<readonly PlannedTable[]> {
  const { tables, found } = await move(golden.store, to, name);
  expect(found).toEqual([]);
  return tables;
}

/** Source: atlasdb-facts D.2 */
function expectRelation(name: string, lines: readonly string[]): void {
  const relation = name.toLowerCase().replace(".", "__");
  expect([...lines].toSorted(), name).toEqual(
    [
      "size 3",
      `${relation} r 1 row_name bytea t`,
      `${relation} r 2 col_name bytea t`,
      `${relation} r 3 ts bigint t`,
      `${relation} r 4 val bytea f`,
      `pk_${relation} PRIMARY KEY (row_name, col_name, ts)`,
      expect.stringMatching(
        new RegExp(`^CREATE UNIQUE INDEX "?pk_${relation}"? ON .*\\(row_name, col_name, ts\\)$`),
      ),
    ].toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
  );
}

/** Write times: of cells S (else no sweep could ever remove them), of catalogue entries the clock of their column. Source: atlasdb-facts E.3, E.4 */
async function expectWrittenAtStart(keyspace: TestKeyspace, tables: readonly PlannedTable[]): Promise<void> {
  const copied = tables
    .filter(({ fate }) => fate === "copied")
    .map(({ name }) => cassandraPhysicalName(name));
  const cells = await rawRows(keyspace, copied);
  expect(cells.length).toBeGreaterThan(1_000);
  expect(cells.filter((line) => !line.endsWith(` ${START}`))).toEqual([]);
  const entries = (await rawRows(keyspace, ["_metadata"])).map((line) => line.split(" "));
  const keys = entries.map(([, key = "", column1, column2, , writtenAt]) => {
    expect([column1, BigInt(String(column2))]).toEqual(["6d", ~BigInt(String(writtenAt))]);
    return key;
  });
  const created = tables.filter(({ fate }) => fate === "copied" || fate === "created-empty");
  expect(keys.toSorted()).toEqual(created.map(({ name }) => toHex(metadataRow(name))).toSorted());
}

async function expectRealLayout(
  keyspace: TestKeyspace,
  release: CassandraRelease,
  tables: readonly PlannedTable[],
): Promise<void> {
  const real = await readGoldenCassandra("source");
  for (const { name } of tables) await expectLayout(keyspace, GENERATIONS[release], name, real.tables);
}

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

test.each(["2.2.18", "5.0.6"] as const)(
  "a name that Cassandra %s cannot hold is refused before anything is dropped or made",
  async (release) => {
    const [from, to] = [await postgresStore(), await cassandraStore(release)];
    const [source, sink] = [await from.source(), await to.sink()];
    try {
      await restoreGolden(from.url, "source");
      const plan = await planSetUp(source, sink);
      const refused = await setUp(source, sink, plan).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(AdapterError);
      expect(refused).toMatchObject({ code: "name-too-long", effect: "none" });
      expect(await sink.listTables()).toEqual([]);
    } finally {
      await source.close();
      await sink.close();
      await Promise.all([from.drop(), to.drop()]);
    }
  },
);
