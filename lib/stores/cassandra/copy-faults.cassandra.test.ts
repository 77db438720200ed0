import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { fromHex } from "#lib/atlasdb/encoding.ts";
import { order, testCassandra, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { cellsOf } from "#lib/mover/testing-cells.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";
import {
  cellLines,
  type ModelStore,
  modelStore,
  readModelTable,
  SOME_METADATA,
} from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { inKeyspace, targetFor } from "#lib/stores/cassandra/testing-session.ts";

const START = 9_000_000_000_000_001n;
const FAST = { ...LANE_TIMES, idleMs: 20, retryFirstMs: 50, retryMaxMs: 2_000, giveUpMs: 180_000 };

// A killed server takes its time to come back.
vi.setConfig({ testTimeout: 300_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-cassandra-faults-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** Two tables of some thousand cells with an older version each, and AtlasDB's own that a destination needs. */
function seeded(): ModelStore {
  const transactions = new Map([
    [10_001n, { commit: 10_002n, staged: false }],
    [10_003n, { commit: 10_004n, staged: false }],
  ]);
  const versions = Array.from({ length: 4_000 }, (_, index) => ({
    row: Uint8Array.of(index >> 8, index & 0xff),
    column: Uint8Array.of(index % 7),
  })).flatMap((cell) => [
    { ...cell, timestamp: 10_003n, value: Uint8Array.of(2) },
    { ...cell, timestamp: 10_001n, value: Uint8Array.of(1) },
  ]);
  const own = ["_transactions", "_transactions2", "_coordination"].map((name) => ({ name, versions: [] }));
  const tables = [...own, { name: "app.one", versions }, { name: "app.two", versions }];
  return modelStore({ transactions, tables: tables.map((table) => ({ ...table, metadata: SOME_METADATA })) });
}

/** Copies through a fault, which begins at the fifth checkpoint and is over when its promise is. */
async function copyThrough(
  name: string,
  fault: () => Promise<void>,
  requestTimeoutMs: number,
): Promise<void> {
  const store = seeded();
  let over: Promise<void> = Promise.resolve();
  await inKeyspace("2.2.18", async (keyspace) => {
    try {
      await copyAndCompare(store, keyspace, name, requestTimeoutMs, () => {
        over = fault();
      });
    } finally {
      await over;
      await vi.waitFor(async () => keyspace.client.execute("SELECT now() FROM system.local"), 60_000);
    }
  });
}

async function copyAndCompare(
  store: ModelStore,
  keyspace: TestKeyspace,
  name: string,
  requestTimeoutMs: number,
  begin: () => void,
): Promise<void> {
  const { config } = targetFor(keyspace);
  const target = { config: { ...config, requestTimeoutMs } };
  const source = new MemorySource(store, { cutEvery: 1_500 });
  const sink = await openCassandraCellSink({ config });
  const plan = await planSetUp(source, sink);
  await setUp(source, sink, plan);
  await commitStart(sink, START, START + 1n);
  await sink.close();

  const quick = await openCassandraCellSink(target);
  const ledger = await openFileLedger(path.join(folder, name));
  await ledger.create(await planRun(source, { runId: name, kind: "copy", start: START }, plan.tables));
  let chunks = 0;
  let retries = 0;
  const onProgress: OnProgress = (event) => {
    if (event.kind === "retry") retries += 1;
    if (event.kind !== "chunk") return;
    chunks += 1;
    if (chunks === 5) begin();
  };
  const parts = { source, ledger, worker: "test", onProgress, signal: new AbortController().signal };
  const limits = { versions: 250, bytes: 100_000, ms: 60_000 };
  const end = await runCopy({ ...parts, sink: quick, whenIdle: "leave", limits, times: FAST });
  const failures = (await ledger.shards()).flatMap(({ failure }) => (failure === null ? [] : [failure]));
  expect(failures).toEqual([]);
  expect(end).toBe("done");
  await ledger.close();
  await quick.close();
  expect(chunks).toBeGreaterThan(20);
  // Else the fault passed unnoticed and proves nothing.
  expect(retries).toBeGreaterThan(0);

  const destination = await openCassandraCellSource({ config });
  const compared = await openFileLedger(path.join(folder, `${name}-compare`));
  await compared.create(await planRun(source, { runId: name, kind: "compare", start: START }, plan.tables));
  expect(
    await runComparison({ ...parts, destination, ledger: compared, whenIdle: "leave", times: FAST }),
  ).toBe("done");
  expect(await compared.differences(10)).toEqual([]);
  await compared.close();
  for (const table of store.tables.filter((one) => one.name.startsWith("app."))) {
    const blocks = [];
    for await (const block of destination.readVersions(table.name, WHOLE_TABLE)) blocks.push(block);
    expect(cellLines(cellsOf(blocks))).toEqual(cellLines(readModelTable(store, table, START).cells));
  }
  await destination.close();
}

test("a server that is killed and started again costs chunks, and no cell", async () => {
  const server = testCassandra("2.2.18");
  await copyThrough(
    "killed",
    async () => {
      await order(server, "kill");
      await order(server, "start");
    },
    2_000,
  );
});

test("a server that is frozen for a while costs chunks, and no cell", async () => {
  const server = testCassandra("2.2.18");
  await copyThrough(
    "frozen",
    async () => {
      await order(server, "freeze");
      await sleep(12_000);
      await order(server, "thaw");
    },
    1_000,
  );
});

test("reading goes on after a server was frozen, with smaller pages", async () => {
  const server = testCassandra("2.2.18");
  await inKeyspace("2.2.18", async (keyspace) => {
    const { config } = targetFor(keyspace);
    const sink = await openCassandraCellSink({ config });
    await sink.createTables([{ name: "app.read", metadata: Buffer.from(SOME_METADATA) }]);
    await sink.close();
    for (let index = 0; index < 900; index += 1) {
      await keyspace.client.execute(
        `INSERT INTO ${keyspace.name}.app__read (key, column1, column2, value) VALUES (?, ?, ?, ?)`,
        [Buffer.from([index >> 8, index & 0xff]), fromHex("63"), "-8", fromHex("01")].map((param) =>
          param instanceof Uint8Array ? Buffer.from(param) : param,
        ),
        { prepare: true },
      );
    }
    const source = await openCassandraCellSource({ config: { ...config, requestTimeoutMs: 1_000 } });
    await order(server, "freeze");
    const thawed = sleep(2_500).then(async () => order(server, "thaw"));
    const blocks = [];
    try {
      for await (const block of source.readVersions("app.read", WHOLE_TABLE)) blocks.push(block);
    } finally {
      await thawed;
    }
    expect(cellsOf(blocks)).toHaveLength(900);
    await source.close();
  });
});
