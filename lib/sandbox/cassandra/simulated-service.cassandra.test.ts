import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { decodeVarLong, fromHex } from "#lib/atlasdb/encoding.ts";
import { decodePunchRow, decodePunchValue } from "#lib/atlasdb/punch.ts";
import { createTestKeyspace, order, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import { migrateToTimelock } from "#lib/sandbox/automated-migrator.ts";
import { cassandraEmbeddedBound } from "#lib/sandbox/cassandra/bound.ts";
import { openCassandraStore } from "#lib/sandbox/cassandra/service-store.ts";
import { type CassandraConnection, openSession, type Session } from "#lib/sandbox/cassandra/session.ts";
import { emptyTables } from "#lib/sandbox/cassandra/tables.ts";
import { viewKeyspace } from "#lib/sandbox/cassandra/view.ts";
import { issuedLog, NOTHING_ISSUED } from "#lib/sandbox/issued-log.ts";
import { simulatedService } from "#lib/sandbox/simulated-service.ts";
import { memoryTimelock, runFor } from "#lib/sandbox/testing.ts";
import { embeddedTimestamps } from "#lib/sandbox/timestamp-source.ts";
import { decodeCommit } from "#lib/sandbox/transactions.ts";

let keyspace: TestKeyspace;
let connection: CassandraConnection;
let session: Session;
let timelock: ReturnType<typeof memoryTimelock>;

beforeAll(async () => {
  keyspace = await createTestKeyspace("2.2.18", "network");
  const { server, name } = keyspace;
  connection = {
    kind: "cassandra",
    host: server.host,
    port: server.port,
    thriftPort: 9160,
    dataCentre: server.dataCentre,
    keyspace: name,
    user: server.username,
    password: server.password,
  };
  session = await openSession(connection);
  const store = await openCassandraStore(connection);
  await store.prepare(["shop.orders"]);
  await store.close();
});
afterAll(async () => {
  await session.close();
  await keyspace.drop();
});
beforeEach(async () => {
  timelock = memoryTimelock();
  await keyspace.client.execute(`TRUNCATE ${keyspace.name}."_timestamp"`);
});

function service() {
  const issued = issuedLog(NOTHING_ISSUED, () => new Date());
  const catalog = simulatedService({
    node: "catalog-1",
    openStore: async () => openCassandraStore(connection),
    tables: ["shop.orders"],
    namespace: "catalog",
    namespaceIsKeyspace: true,
    timelock,
    issued,
    pace: { transactionIntervalMs: 1, punchIntervalMs: 5, startRetryMs: 20, startRetries: 3 },
    random: Math.random,
    now: () => new Date(),
  });
  return { catalog, issued };
}

const bound = async () => {
  const { columns, rows } = await viewKeyspace(connection);
  return Object.fromEntries(columns.map((name, index) => [name, rows[0]?.[index]]));
};
const put = async (column1: string, value: string) =>
  keyspace.client.execute(
    `INSERT INTO ${keyspace.name}."_timestamp" (key, column1, column2, value) VALUES (0x7473, ${column1}, -1, ${value}) IF NOT EXISTS`,
  );
const BOUND = "0x7473";
const BACKUP = "0x6f6c645473";

describe("on embedded timestamps", () => {
  test("begins at 10000, allocates a million at a time, and goes on above after a restart", async () => {
    const { catalog, issued } = service();
    await runFor(catalog, "embedded", 3);
    await catalog.stop();
    expect(issued.recent()[0]).toBe(10_001n);
    expect(await bound()).toEqual({ ts: "1010001" });
    await runFor(catalog, "embedded", 1);
    await catalog.stop();
    expect(issued.recent()).toContain(1_010_002n);
    expect(await bound()).toEqual({ ts: "2010002" });
    expect(issued.totals().faultCount).toBe(0);
  });

  test("two services on one keyspace: the second dies at its first allocation, and nothing is issued twice", async () => {
    const first = await embeddedTimestamps(cassandraEmbeddedBound(session));
    const second = await embeddedTimestamps(cassandraEmbeddedBound(session));
    expect(await first.fresh()).toBe(10_001n);
    await expect(second.fresh()).rejects.toMatchObject({ code: "multiple-running" });
  });

  test("waits while the server is frozen, and goes on by itself", async () => {
    const { catalog } = service();
    await runFor(catalog, "embedded", 1);
    await order(keyspace.server, "freeze");
    try {
      await expect.poll(() => catalog.condition().state, { timeout: 60_000 }).toBe("waiting");
    } finally {
      await order(keyspace.server, "thaw");
    }
    const before = catalog.condition().commits;
    await expect.poll(() => catalog.condition().commits, { timeout: 60_000 }).toBeGreaterThan(before);
    await catalog.stop();
    expect(catalog.condition().state).toBe("stopped");
  });
});

describe("with TimeLock", () => {
  test("invalidates as the real client does, repeats it harmlessly, and the old configuration then fails", async () => {
    const { catalog, issued } = service();
    await runFor(catalog, "embedded", 2);
    await catalog.stop();
    await runFor(catalog, "timelock", 2);
    await catalog.stop();
    await runFor(catalog, "timelock", 1);
    await catalog.stop();
    expect(timelock.calls.filter((call) => call.startsWith("fast"))).toEqual([
      "fast-forward catalog 1010001",
      "fast-forward catalog 1010001",
    ]);
    const { rows } = await keyspace.client.execute(`SELECT * FROM ${keyspace.name}."_timestamp"`);
    // As golden data, cassandra/timestamp-after-real-invalidation.jsonl.
    expect(
      rows.map((row) =>
        [row["key"], row["column1"], row["value"]].map((bytes: Buffer) => bytes.toString("hex")),
      ),
    ).toEqual([
      ["7473", "6f6c645473", "00000000000f6951"],
      ["7473", "7473", "00"],
    ]);
    expect(rows.map((row) => String(row["column2"]))).toEqual(["-1", "-1"]);
    expect(await bound()).toEqual({ ts: "0x00", oldTs: "1010001" });
    await catalog.start("embedded");
    expect(catalog.condition()).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("array too small: 1 < 8") as string,
    });
    expect(issued.totals().faultCount).toBe(0);
  });

  test.each([
    ["no bound at all is 10000", [], 10_000n],
    [
      "a cleared backup is none",
      [
        [BOUND, "0x00000000000003e8"],
        [BACKUP, "0x"],
      ],
      1_000n,
    ],
    [
      "an invalidated bound keeps its backup",
      [
        [BOUND, "0x00"],
        [BACKUP, "0x00000000000003e8"],
      ],
      1_000n,
    ],
  ] as const)("%s", async (_name, cells, forwarded) => {
    for (const [column, value] of cells) await put(column, value);
    const store = await openCassandraStore(connection);
    expect(await migrateToTimelock(store, timelock, "catalog")).toBe(forwarded);
    await store.close();
    expect(await bound()).toEqual({ ts: "0x00", oldTs: `${forwarded}` });
  });

  test.each([
    [
      "both",
      [
        [BOUND, "0x00000000000003e8"],
        [BACKUP, "0x00000000000003e8"],
      ],
    ],
    ["a backup beside no bound", [[BACKUP, "0x00000000000003e8"]]],
    [
      "neither",
      [
        [BOUND, "0x00"],
        [BACKUP, "0x"],
      ],
    ],
  ] as const)("%s is refused, and nothing is forwarded", async (_name, cells) => {
    for (const [column, value] of cells) await put(column, value);
    const before = await bound();
    const { catalog } = service();
    await catalog.start("timelock");
    expect(catalog.condition()).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("unexpected") as string,
    });
    expect(timelock.calls).toEqual(["ping catalog"]);
    expect(await bound()).toEqual(before);
  });

  test("files that name another keyspace are refused before anything is touched", async () => {
    const { catalog } = service();
    await catalog.start("other-namespace");
    expect(catalog.condition()).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("catalog-typo and the keyspace catalog differ") as string,
    });
    expect(timelock.calls).toEqual([]);
  });
});

describe("what it writes", () => {
  test("is laid out as AtlasDB lays it out, and gone when the tables are emptied", async () => {
    await emptyTables(session);
    const { catalog } = service();
    await runFor(catalog, "embedded", 30);
    await catalog.stop();
    const read = async (table: string) =>
      (
        await keyspace.client.execute(
          `SELECT key, column1, column2, value, writetime(value) AS written FROM ${keyspace.name}."${table}"`,
        )
      ).rows;
    const transactions = await read("_transactions");
    expect(transactions.length).toBeGreaterThanOrEqual(30);
    for (const row of transactions) {
      expect((row["column1"] as Buffer).toString("utf8")).toBe("t");
      expect(String(row["column2"])).toBe("-1");
      const commit = decodeCommit(row["value"] as Buffer);
      expect(commit === null || commit > decodeVarLong(row["key"] as Buffer).value).toBe(true);
    }
    const punches = await read("_punch");
    for (const row of punches) {
      const timestamp = decodePunchValue(row["value"] as Buffer);
      expect(~BigInt(String(row["column2"]))).toBe(timestamp);
      expect(BigInt(String(row["written"]))).toBe(timestamp);
    }
    const times = punches.map((row) => decodePunchRow(row["key"] as Buffer));
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? 1 : -1)));
    const starts = new Set(transactions.map((row) => decodeVarLong(row["key"] as Buffer).value));
    for (const row of await read("shop__orders")) {
      expect(BigInt(String(row["written"]))).toBe(~BigInt(String(row["column2"])));
      expect(starts).toContain(~BigInt(String(row["column2"])));
    }
    expect((await viewKeyspace(connection)).newestPunch).toBe(
      decodePunchValue(punches[0]?.["value"] as Buffer).toString(),
    );

    await emptyTables(session);
    expect(await read("_transactions")).toEqual([]);
    expect(await viewKeyspace(connection)).toMatchObject({ rows: [], newestPunch: null, transactions: 0 });
  });

  test("its catalogue lists AtlasDB's tables as the real one does", async () => {
    const store = await openCassandraStore(connection);
    await store.prepare(["shop.orders"]);
    await store.close();
    const { rows } = await keyspace.client.execute(
      `SELECT key, column1, column2, value, writetime(value) AS written FROM ${keyspace.name}."_metadata"`,
    );
    const names = rows.map((row) => (row["key"] as Buffer).toString("utf8"));
    expect(names).toEqual(
      expect.arrayContaining(["_metadata", "_timestamp", "_punch", "_transactions", "shop.orders"]),
    );
    for (const row of rows) {
      expect(row["column1"]).toEqual(Buffer.from(fromHex("6d")));
      expect(~BigInt(String(row["column2"]))).toBe(BigInt(String(row["written"])));
    }
  });
});
