import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serialize } from "node:v8";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { cassandraPhysicalName } from "#lib/atlasdb/cassandra-layout.ts";
import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { TESTED_RELEASES, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";
import { type FollowedProcess, followProcess } from "#lib/mover/testing-process.ts";
import { seededRandom } from "#lib/mover/testing-random.ts";
import { cellLines, type ModelCell, readModelTable } from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { FAULT_CELLS, FAULT_CHUNKS, FAULT_START, faultStore } from "#lib/stores/cassandra/testing-faults.ts";
import { inKeyspace, targetFor } from "#lib/stores/cassandra/testing-session.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { configFor, withSession } from "#lib/stores/postgres/testing.ts";

const SCRIPT = path.join(import.meta.dirname, "testing-copy-process.ts");
const random = seededRandom("workers on Cassandra");
const store = faultStore();
const tables = store.tables.filter(({ name }) => name.startsWith("app."));

/** S of the way back. */
const BACK_START = FAULT_START + 10n;

let console: TestDatabase;
beforeAll(async () => {
  console = await createTestDatabase();
  process.env["DATABASE_URL"] = console.appUrl;
});
afterAll(async () => {
  await database().$disconnect();
  await console.drop();
});

type Stores = { readonly source: CellSource; readonly sink: CellSink };

/** Closes what was opened, whatever happens. */
async function closing(opened: readonly { close(): Promise<void> }[], work: () => Promise<void>) {
  try {
    await work();
  } finally {
    for (const one of opened) await one.close();
  }
}

/** Sets a destination up and plans a run of a dozen ranges into the console's ledger. */
async function prepared({ source, sink }: Stores, runId: string, start: bigint): Promise<void> {
  await closing([source, sink], async () => {
    const plan = await planSetUp(source, sink);
    await setUp(source, sink, plan);
    await commitStart(sink, start, start + 1n);
    const ranges = new MemorySource(store, { cutEvery: 1_500 });
    await openConsoleLedger(runId).create(await planRun(ranges, { runId, kind: "copy", start }, plan.tables));
  });
}

/** As if the worker of each range that is held had been silent for too long. */
const expire = async () =>
  database()
    .$executeRaw`UPDATE mover_shard SET lease_until = clock_timestamp() - interval '1 second' WHERE state = 'held'`;

/**
 * One worker dies before its first chunk, where a hashed cluster is read and sorted; one is frozen amid its chunks, one killed; another takes
 * their ranges over and ends the copy; then the frozen one wakes up.
 */
async function ordeal(start: (worker: string) => FollowedProcess): Promise<string> {
  const workers: FollowedProcess[] = [];
  const begin = (name: string) => {
    const worker = start(name);
    workers.push(worker);
    return worker;
  };
  try {
    const early = begin("early");
    await early.printed("started", 1);
    await sleep(random.between(0, 60));
    await early.kill();
    const frozen = begin("frozen");
    await expire();
    await frozen.printed("chunk", random.between(2, 8));
    frozen.child.kill("SIGSTOP");
    const killed = begin("killed");
    await expire();
    await killed.printed("chunk", random.between(2, 12));
    await killed.kill();
    const last = begin("last");
    await expire();
    await last.ended();
    expect(last.output()).toContain("end done");
    frozen.child.kill("SIGCONT");
    await frozen.ended();
    expect(frozen.output()).toContain("end done");
    return frozen.output();
  } finally {
    for (const worker of workers) await worker.kill();
  }
}

/** No difference by our own comparison, and every version that was read counted once. */
async function expectWhole(
  { source, destination }: { readonly source: CellSource; readonly destination: CellSource },
  runId: string,
  versions: number,
): Promise<void> {
  await closing([source, destination], async () => {
    const copied = openConsoleLedger(runId);
    const plan = await copied.plan();
    if (plan === null) throw new Error("no plan");
    const ledger = openConsoleLedger(`${runId} compared`);
    await ledger.create({ ...plan, runId: `${runId} compared`, kind: "compare" });
    const end = await runComparison({
      source,
      destination,
      ledger,
      worker: "test",
      onProgress: () => undefined,
      signal: new AbortController().signal,
      whenIdle: "leave",
      limits: FAULT_CHUNKS,
      times: { ...LANE_TIMES, idleMs: 20, retryFirstMs: 50 },
    });
    expect({ end, differences: await ledger.differences(10) }).toEqual({ end: "done", differences: [] });
    const shards = await copied.shards();
    const counted = shards.reduce((sum, { checkpoint }) => sum + (checkpoint?.counts.versions ?? 0), 0);
    expect(counted).toBe(tables.length * versions);
  });
}

const expected = (name: string): readonly string[] =>
  tables
    .filter((table) => table.name === name)
    .flatMap((table) => cellLines(readModelTable(store, table, FAULT_START).cells));

/** What the servers themselves hold: every cell in one version, at S. */
async function expectInCassandra({ client, name }: TestKeyspace): Promise<void> {
  for (const table of tables) {
    const physical = `${name}.${cassandraPhysicalName(table.name)}`;
    const { rows } = await client.execute(`SELECT key, column1, column2, value FROM ${physical}`, [], {
      prepare: true,
      fetchSize: 10_000,
    });
    expect(new Set(rows.map((row) => `${row["column2"]}`))).toEqual(new Set([`${~FAULT_START}`]));
    const cells = rows.map((row) => ({ row: row["key"], column: row["column1"], value: row["value"] }));
    expect(cellLines(cells as ModelCell[]).toSorted()).toEqual(expected(table.name).toSorted());
  }
}

async function expectInPostgres(url: string): Promise<void> {
  await withSession(url, async (client) => {
    for (const table of tables) {
      const { rows } = await client.query<ModelCell & { readonly at: string }>(
        `SELECT row_name AS "row", col_name AS "column", val AS value, ts::text AS at FROM ${cassandraPhysicalName(table.name)}`,
      );
      expect(new Set(rows.map(({ at }) => at))).toEqual(new Set([`${BACK_START}`]));
      expect(cellLines(rows).toSorted()).toEqual(expected(table.name).toSorted());
    }
  });
}

describe("workers on a ledger of the console", () => {
  test.each(TESTED_RELEASES)(
    "that are frozen, taken over, killed and thawed leave every cell once, and count it once, in %s and from there in Postgres",
    async (release) => {
      const postgres = await createEmptyDatabase();
      const url = postgres.superuserUrl;
      await inKeyspace(release, async (keyspace) => {
        const target = targetFor(keyspace);
        const config = serialize(target.config).toString("base64");
        const there = `into ${release}`;
        const sink = await openCassandraCellSink(target);
        await prepared({ source: new MemorySource(store), sink }, there, FAULT_START);
        const frozen = await ordeal((worker) => followProcess(SCRIPT, [there, worker, config]));
        // It was told that its ranges are others' now.
        expect(frozen).toContain("lost");
        const copy = await openCassandraCellSource(target);
        await expectWhole({ source: new MemorySource(store), destination: copy }, there, 2 * FAULT_CELLS);
        await expectInCassandra(keyspace);

        const back = `out of ${release}`;
        const source = await openCassandraCellSource(target);
        await prepared({ source, sink: postgresCellSink({ config: configFor(url) }) }, back, BACK_START);
        await ordeal((worker) => followProcess(SCRIPT, [back, worker, config, url]));
        const again = await openCassandraCellSource(target);
        const destination = postgresCellSource({ config: configFor(url) });
        await expectWhole({ source: again, destination }, back, FAULT_CELLS);
        await expectInPostgres(url);
      });
      await postgres.drop();
    },
  );
});
