import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { column2Of } from "#lib/atlasdb/cassandra-layout.ts";
import { fromHex } from "#lib/atlasdb/encoding.ts";
import { database } from "#lib/db/client.ts";
import { createTestDatabase } from "#lib/db/testing.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import { order, testCassandra, TESTED_RELEASES, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import type { Ledger } from "#lib/mover/ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { cellsOf } from "#lib/mover/testing-cells.ts";
import { MemorySink, MemorySource } from "#lib/mover/testing-memory.ts";
import { followProcess } from "#lib/mover/testing-process.ts";
import { seededRandom } from "#lib/mover/testing-random.ts";
import { cellLines, readModelTable, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { FAULT_CELLS, FAULT_CHUNKS, FAULT_START, faultStore } from "#lib/stores/cassandra/testing-faults.ts";
import { inKeyspace, targetFor } from "#lib/stores/cassandra/testing-session.ts";

const FAST = { ...LANE_TIMES, idleMs: 20, retryFirstMs: 50, retryMaxMs: 2_000, giveUpMs: 180_000 };
const random = seededRandom("faults of Cassandra");
const store = faultStore();
const tables = store.tables.filter(({ name }) => name.startsWith("app."));

// A killed server takes its time to come back.
vi.setConfig({ testTimeout: 300_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-cassandra-faults-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/**
 * What a destination may hold of a service that was there before: a cell that the copy brings, deleted at a later write time than S, and one
 * that it does not.
 */
async function leaveTraces({ client, name }: TestKeyspace): Promise<void> {
  const [cell] = tables[0]?.versions ?? [];
  if (cell === undefined) throw new Error("no cell");
  const column2 = String(column2Of(FAULT_START));
  const later = FAULT_START + 1_000n;
  const where = [Buffer.from(cell.row), Buffer.from(cell.column), column2];
  await client.execute(
    `DELETE FROM ${name}.app__one USING TIMESTAMP ${later} WHERE key = ? AND column1 = ? AND column2 = ?`,
    where,
    { prepare: true },
  );
  await client.execute(
    `INSERT INTO ${name}.app__one (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ${later}`,
    [Buffer.from("left over"), Buffer.from("c"), column2, Buffer.from("v")],
    { prepare: true },
  );
}

async function prepared(keyspace: TestKeyspace, ledger: Ledger, runId: string): Promise<void> {
  const source = new MemorySource(store, { cutEvery: 1_500 });
  const sink = await openCassandraCellSink(targetFor(keyspace));
  await sink.createTables([{ name: "app.one", metadata: Buffer.from(SOME_METADATA) }]);
  await leaveTraces(keyspace);
  const plan = await planSetUp(source, sink);
  await setUp(source, sink, plan);
  await commitStart(sink, FAULT_START, FAULT_START + 1n);
  await sink.close();
  await ledger.create(await planRun(source, { runId, kind: "copy", start: FAULT_START }, plan.tables));
}

/** What happens to a server, and how it is over. */
type Fault = { readonly begin: () => Promise<void>; readonly end: () => Promise<void> };

/**
 * Copies through a fault, which begins at a random chunk and is over before this is. `when` "before": it has begun when the copy begins. Tables
 * of a hashed cluster are read at the beginning alone, and by requests that wait for it themselves.
 */
async function copyThrough(
  stores: { readonly source: CellSource; readonly sink: CellSink },
  ledger: Ledger,
  fault: Fault,
  when: "amid" | "before" = "amid",
): Promise<void> {
  const at = when === "before" ? 0 : random.between(2, 7);
  let chunks = 0;
  let retries = 0;
  let over: Promise<void> = Promise.resolve();
  if (when === "before") {
    await fault.begin();
    over = fault.end();
  }
  try {
    const end = await runCopy({
      ...stores,
      ledger,
      worker: "test",
      onProgress: (event) => {
        if (event.kind === "retry") retries += 1;
        if (event.kind !== "chunk") return;
        chunks += 1;
        if (chunks === at) over = fault.begin().then(fault.end);
      },
      signal: new AbortController().signal,
      whenIdle: "leave",
      limits: FAULT_CHUNKS,
      times: FAST,
    });
    const failures = (await ledger.shards()).flatMap(({ failure }) => (failure === null ? [] : [failure]));
    expect({ end, failures }).toEqual({ end: "done", failures: [] });
  } finally {
    await over;
  }
  expect(chunks).toBeGreaterThan(at);
  // Else the fault passed unnoticed and proves nothing.
  if (when === "amid") expect(retries).toBeGreaterThan(0);
}

/** Equal by our own comparison, by the plainest reader, and by the server's count: one version a cell, at S. */
async function expectCopied(keyspace: TestKeyspace, copied: Ledger): Promise<void> {
  const destination = await openCassandraCellSource(targetFor(keyspace));
  const plan = await copied.plan();
  if (plan === null) throw new Error("no plan");
  const compared = await openFileLedger(path.join(folder, `${keyspace.name}-compare`));
  await compared.create({ ...plan, kind: "compare" });
  const end = await runComparison({
    source: new MemorySource(store),
    destination,
    ledger: compared,
    worker: "test",
    onProgress: () => undefined,
    signal: new AbortController().signal,
    whenIdle: "leave",
    times: FAST,
  });
  expect({ end, differences: await compared.differences(10) }).toEqual({ end: "done", differences: [] });
  await compared.close();
  expect(await destination.holdsCells("app.one")).toBe(true);
  expect(await destination.holdsCells("_transactions2")).toBe(false);
  for (const table of tables) {
    const blocks = [];
    for await (const block of destination.readVersions(table.name, WHOLE_TABLE)) blocks.push(block);
    expect(cellLines(cellsOf(blocks))).toEqual(cellLines(readModelTable(store, table, FAULT_START).cells));
    const physical = `${keyspace.name}.${table.name.replace(".", "__")}`;
    const { rows } = await keyspace.client.execute(`SELECT count(*) AS rows FROM ${physical}`);
    expect(String(rows[0]?.["rows"])).toBe(String(FAULT_CELLS));
  }
  await destination.close();
  const versions = (await copied.shards()).reduce(
    (sum, { checkpoint }) => sum + (checkpoint?.counts.versions ?? 0),
    0,
  );
  expect(versions).toBe(tables.length * 2 * FAULT_CELLS);
}

/** Out of Cassandra, into a destination that refuses every cell that comes twice. */
async function copyBack(
  keyspace: TestKeyspace,
  requestTimeoutMs: number,
  fault: Fault,
  when: "amid" | "before",
): Promise<void> {
  const { config } = targetFor(keyspace);
  const source = await openCassandraCellSource({ config: { ...config, requestTimeoutMs } });
  const sink = new MemorySink(true);
  const plan = await planSetUp(source, sink);
  await setUp(source, sink, plan);
  const ledger = await openFileLedger(path.join(folder, `${keyspace.name}-back`));
  const start = FAULT_START + 10n;
  const cut = await planRun(
    new MemorySource(store, { cutEvery: 1_500 }),
    { runId: "back", kind: "copy", start },
    plan.tables,
  );
  await ledger.create(cut);
  await copyThrough({ source, sink }, ledger, fault, when);
  await ledger.close();
  await source.close();
  const made = sink.asModel(start);
  for (const table of tables) {
    const copy = made.tables.find(({ name }) => name === table.name);
    expect(copy?.versions.every(({ timestamp }) => timestamp === start)).toBe(true);
    expect(copy === undefined ? [] : cellLines(readModelTable(made, copy, start + 2n).cells)).toEqual(
      cellLines(readModelTable(store, table, FAULT_START).cells),
    );
  }
}

async function throughFault(
  release: CassandraRelease,
  name: string,
  fault: Fault,
  requestTimeoutMs: number,
  more: (keyspace: TestKeyspace) => Promise<void> = async () => undefined,
): Promise<void> {
  await inKeyspace(release, async (keyspace) => {
    const ledger = await openFileLedger(path.join(folder, `${name}-${release}`));
    try {
      await prepared(keyspace, ledger, name);
      const { config } = targetFor(keyspace);
      const sink = await openCassandraCellSink({ config: { ...config, requestTimeoutMs } });
      await copyThrough({ source: new MemorySource(store, { cutEvery: 1_500 }), sink }, ledger, fault);
      await sink.close();
      await expectCopied(keyspace, ledger);
      await more(keyspace);
    } finally {
      await ledger.close();
      await vi.waitFor(async () => keyspace.client.execute("SELECT now() FROM system.local"), 60_000);
    }
  });
}

test.each(TESTED_RELEASES)(
  "a server (%s) that is killed and started again costs chunks, and no cell, as destination and as source",
  async (release) => {
    const server = testCassandra(release);
    const fault: Fault = {
      begin: async () => order(server, "kill"),
      end: async () => order(server, "start"),
    };
    // The tests' 5.0.6 keeps rows by their hashes.
    const when = release === "5.0.6" ? "before" : "amid";
    await throughFault(release, "killed", fault, 2_000, async (keyspace) =>
      copyBack(keyspace, 2_000, fault, when),
    );
  },
);

test("a server that is frozen for a while costs chunks, and no cell", async () => {
  const server = testCassandra("2.2.18");
  const fault: Fault = {
    begin: async () => order(server, "freeze"),
    end: async () => {
      await sleep(8_000);
      await order(server, "thaw");
    },
  };
  await throughFault("2.2.18", "frozen", fault, 1_000);
});

describe("workers on a ledger of the console", () => {
  test("that are frozen, taken over, killed and thawed leave every cell once, and count it once", async () => {
    const console = await createTestDatabase();
    process.env["DATABASE_URL"] = console.appUrl;
    await inKeyspace("2.2.18", async (keyspace) => {
      const ledger = openConsoleLedger("workers");
      await prepared(keyspace, ledger, "workers");
      const script = path.join(import.meta.dirname, "testing-copy-process.ts");
      const { host, port, dataCentre, username, password } = keyspace.server;
      const store = [host, String(port), dataCentre, keyspace.name, username, password];
      const start = (worker: string) => followProcess(script, ["workers", worker, ...store]);
      const expire = async () =>
        database()
          .$executeRaw`UPDATE mover_shard SET lease_until = clock_timestamp() - interval '1 second' WHERE state = 'held'`;

      const frozen = start("frozen");
      await frozen.printed("chunk", random.between(2, 8));
      frozen.child.kill("SIGSTOP");
      const killed = start("killed");
      await expire();
      await killed.printed("chunk", random.between(2, 20));
      await killed.kill();
      const last = start("last");
      await expire();
      await last.ended();
      expect(last.output()).toContain("end done");
      frozen.child.kill("SIGCONT");
      await frozen.ended();
      // It was told that its ranges are others' now, and saw that all is done.
      expect(frozen.output()).toContain("lost");
      expect(frozen.output()).toContain("end done");
      await expectCopied(keyspace, ledger);
      await database().$disconnect();
    });
    await console.drop();
  });
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
