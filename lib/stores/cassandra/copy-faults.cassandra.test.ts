import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { column2Of } from "#lib/atlasdb/cassandra-layout.ts";
import { fromHex } from "#lib/atlasdb/encoding.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import { order, testCassandra, TESTED_RELEASES, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import type { Ledger } from "#lib/mover/ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { LANE_TIMES, type LanesEnd } from "#lib/mover/run-lanes.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { cellsOf } from "#lib/mover/testing-cells.ts";
import { MemorySink, MemorySource } from "#lib/mover/testing-memory.ts";
import { seededRandom } from "#lib/mover/testing-random.ts";
import { cellLines, readModelTable, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { FAULT_CELLS, FAULT_CHUNKS, FAULT_START, faultStore } from "#lib/stores/cassandra/testing-faults.ts";
import { startFaultProxy } from "#lib/stores/cassandra/testing-proxy.ts";
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

/** The tests' own session finds its server again later than ours do. */
const answering = async ({ client }: TestKeyspace) =>
  vi.waitFor(async () => client.execute("SELECT now() FROM system.local"), 60_000);

/** Closes what was opened, whatever happens. */
async function closing<T extends { readonly close: () => Promise<void> }>(
  opened: T,
  work: (opened: T) => Promise<void>,
): Promise<void> {
  try {
    await work(opened);
  } finally {
    await opened.close();
  }
}

/** What happens to a server, and how it is over. `hits`: how often it was felt; absent: as often as a chunk was tried again. */
type Fault = {
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
  readonly hits?: () => number;
};

type Run = (onProgress: OnProgress) => Promise<LanesEnd>;

/**
 * Works through a fault, which begins at a random chunk and is over before this is. `when` "before": it has begun when the work begins. Tables
 * of a hashed cluster are read at the beginning alone, and by requests that wait for it themselves.
 */
async function through(run: Run, ledger: Ledger, fault: Fault, when: "amid" | "before"): Promise<void> {
  const at = when === "before" ? 0 : random.between(2, 7);
  let chunks = 0;
  let retries = 0;
  let over: Promise<void> = Promise.resolve();
  if (when === "before") {
    await fault.begin();
    over = fault.end();
  }
  try {
    const end = await run((event) => {
      if (event.kind === "retry") retries += 1;
      if (event.kind !== "chunk") return;
      chunks += 1;
      if (chunks === at) over = fault.begin().then(fault.end);
    });
    const failures = (await ledger.shards()).flatMap(({ failure }) => (failure === null ? [] : [failure]));
    expect({ end, failures }).toEqual({ end: "done", failures: [] });
  } finally {
    await over;
  }
  expect(chunks).toBeGreaterThan(at);
  // Else the fault passed unnoticed and proves nothing.
  if (when === "amid") expect(fault.hits?.() ?? retries).toBeGreaterThan(0);
}

const parts = () => ({
  worker: "test",
  signal: new AbortController().signal,
  whenIdle: "leave" as const,
  limits: FAULT_CHUNKS,
  times: FAST,
});

async function copyThrough(
  stores: { readonly source: CellSource; readonly sink: CellSink },
  ledger: Ledger,
  fault: Fault,
  when: "amid" | "before" = "amid",
): Promise<void> {
  const run: Run = async (onProgress) => runCopy({ ...parts(), ...stores, ledger, onProgress });
  return through(run, ledger, fault, when);
}

const NOTHING: Fault = { begin: async () => undefined, end: async () => undefined, hits: () => 1 };

/**
 * Equal by our own comparison, which goes through a fault of its own, by the plainest reader, and by the server's count: one version a cell,
 * at S.
 */
async function expectCopied(
  keyspace: TestKeyspace,
  copied: Ledger,
  { target = targetFor(keyspace), fault = NOTHING }: Partial<Way> = {},
): Promise<void> {
  const plan = await copied.plan();
  if (plan === null) throw new Error("no plan");
  const folderOf = path.join(folder, `${keyspace.name}-compare`);
  await closing(await openCassandraCellSource(target), async (destination) => {
    await closing(await openFileLedger(folderOf), async (ledger) => {
      await ledger.create({ ...plan, kind: "compare" });
      const source = new MemorySource(store);
      const run: Run = async (onProgress) =>
        runComparison({ ...parts(), source, destination, ledger, onProgress });
      await through(run, ledger, fault, whenFor(keyspace));
      expect(await ledger.differences(10)).toEqual([]);
    });
    expect(await destination.holdsCells("app.one")).toBe(true);
    expect(await destination.holdsCells("_transactions2")).toBe(false);
    await answering(keyspace);
    for (const table of tables) {
      const blocks = [];
      for await (const block of destination.readVersions(table.name, WHOLE_TABLE)) blocks.push(block);
      expect(cellLines(cellsOf(blocks))).toEqual(cellLines(readModelTable(store, table, FAULT_START).cells));
      const physical = `${keyspace.name}.${table.name.replace(".", "__")}`;
      const { rows } = await keyspace.client.execute(`SELECT count(*) AS rows FROM ${physical}`);
      expect(String(rows[0]?.["rows"])).toBe(String(FAULT_CELLS));
    }
  });
  const versions = (await copied.shards()).reduce(
    (sum, { checkpoint }) => sum + (checkpoint?.counts.versions ?? 0),
    0,
  );
  expect(versions).toBe(tables.length * 2 * FAULT_CELLS);
}

/** Out of Cassandra, into a destination that refuses every cell that comes twice. */
async function copyBack(keyspace: TestKeyspace, { target, fault }: Way): Promise<void> {
  const sink = new MemorySink(true);
  const start = FAULT_START + 10n;
  await closing(await openCassandraCellSource(target), async (source) => {
    const { tables: planned } = await planSetUp(source, sink);
    await setUp(source, sink, { tables: planned });
    const ranges = new MemorySource(store, { cutEvery: 1_500 });
    const plan = await planRun(ranges, { runId: "back", kind: "copy", start }, planned);
    await closing(await openFileLedger(path.join(folder, `${keyspace.name}-back`)), async (ledger) => {
      await ledger.create(plan);
      await copyThrough({ source, sink }, ledger, fault, whenFor(keyspace));
    });
  });
  const made = sink.asModel(start);
  for (const table of tables) {
    const copy = made.tables.find(({ name }) => name === table.name);
    expect(copy?.versions.every(({ timestamp }) => timestamp === start)).toBe(true);
    expect(copy === undefined ? [] : cellLines(readModelTable(made, copy, start + 2n).cells)).toEqual(
      cellLines(readModelTable(store, table, FAULT_START).cells),
    );
  }
}

/** The tests' 5.0.6 keeps rows by their hashes. */
const whenFor = ({ server }: TestKeyspace) => (server.release === "5.0.6" ? "before" : "amid");

/** How a store is reached, and what happens meanwhile. */
type Way = { readonly target: CassandraTarget; readonly fault: Fault };

async function throughFault(
  release: CassandraRelease,
  name: string,
  wayTo: (keyspace: TestKeyspace) => Way,
  more: (keyspace: TestKeyspace, ledger: Ledger, way: Way) => Promise<void>,
): Promise<void> {
  await inKeyspace(release, async (keyspace) => {
    const ledger = await openFileLedger(path.join(folder, `${name}-${release}`));
    const way = wayTo(keyspace);
    try {
      await prepared(keyspace, ledger, name);
      const source = new MemorySource(store, { cutEvery: 1_500 });
      await closing(await openCassandraCellSink(way.target), async (sink) =>
        copyThrough({ source, sink }, ledger, way.fault),
      );
      await more(keyspace, ledger, way);
    } finally {
      await ledger.close();
      await answering(keyspace);
    }
  });
}

/** The server itself, with a client that gives up sooner than usual. */
function impatient(keyspace: TestKeyspace, requestTimeoutMs: number): CassandraTarget {
  return { config: { ...targetFor(keyspace).config, requestTimeoutMs } };
}

test.each(TESTED_RELEASES)(
  "a server (%s) that is killed and started again costs chunks, and no cell, as destination and as source",
  async (release) => {
    const server = testCassandra(release);
    const fault: Fault = {
      begin: async () => order(server, "kill"),
      end: async () => order(server, "start"),
    };
    const wayTo = (keyspace: TestKeyspace) => ({ target: impatient(keyspace, 2_000), fault });
    await throughFault(release, "killed", wayTo, async (keyspace, ledger, way) => {
      // Reading is the same work in a comparison, so each server is killed once while it reads.
      await expectCopied(keyspace, ledger, release === "2.2.18" ? way : {});
      await copyBack(keyspace, way);
    });
  },
);

test.each(TESTED_RELEASES)(
  "connections to a server (%s) that are cut again and again cost chunks, and no cell, as destination, in the comparison and as source",
  async (release) => {
    const { host, port, tls } = testCassandra(release);
    const secured = tls === null ? null : { ca: [tls.ca], cert: tls.client.cert, key: tls.client.key };
    const proxy = await startFaultProxy({ host, port, tls: secured });
    let connections = 0;
    const fault: Fault = {
      begin: async () => undefined,
      end: async () => {
        for (let round = 0; round < 3; round += 1) {
          connections += await proxy.cut(random.between(50, 400));
          await sleep(random.between(300, 1_500));
        }
      },
      hits: () => connections,
    };
    const contactPoints = [{ host: "127.0.0.1", port: proxy.port }];
    const wayTo = (keyspace: TestKeyspace) => ({
      target: {
        config: { ...impatient(keyspace, 2_000).config, contactPoints, tls: { mode: "off" as const } },
      },
      fault,
    });
    try {
      await throughFault(release, "cut", wayTo, async (keyspace, ledger, way) => {
        await expectCopied(keyspace, ledger, way);
        await copyBack(keyspace, way);
      });
    } finally {
      await proxy.stop();
    }
    expect(connections).toBeGreaterThan(3);
  },
);

test.each(TESTED_RELEASES)(
  "a server (%s) that is frozen for a while costs chunks, and no cell",
  async (release) => {
    const server = testCassandra(release);
    const fault: Fault = {
      begin: async () => order(server, "freeze"),
      end: async () => {
        await sleep(8_000);
        await order(server, "thaw");
      },
    };
    const wayTo = (keyspace: TestKeyspace) => ({ target: impatient(keyspace, 1_000), fault });
    await throughFault(release, "frozen", wayTo, async (keyspace, ledger) => expectCopied(keyspace, ledger));
  },
);

test.each(TESTED_RELEASES)(
  "reading from %s goes on after it was frozen, with smaller pages",
  async (release) => {
    const server = testCassandra(release);
    await inKeyspace(release, async (keyspace) => {
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
  },
);
