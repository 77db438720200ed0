import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { decodeVarLong } from "#lib/atlasdb/encoding.ts";
import { decodePunchRow, decodePunchValue } from "#lib/atlasdb/punch.ts";
import { type TestDatabase, createEmptyDatabase } from "#lib/db/testing.ts";
import { createTimestampTable, embeddedBound } from "#lib/sandbox/embedded-bound.ts";
import { restoreGoldenStore } from "#lib/sandbox/golden-store.ts";
import { migrateToTimelock } from "#lib/sandbox/automated-migrator.ts";
import { postgresServiceStore } from "#lib/sandbox/postgres-service-store.ts";
import { openPool, withSession } from "#lib/sandbox/store-connection.ts";
import { embeddedTimestamps } from "#lib/sandbox/timestamp-source.ts";
import { decodeCommit } from "#lib/sandbox/transactions.ts";
import { connectionOf, memoryTimelock, runFor, testService } from "#lib/sandbox/testing.ts";
import type { SimulatedService } from "#lib/sandbox/simulated-service.ts";

let database: TestDatabase;
let client: Client;
let services: SimulatedService[] = [];
let timelock = memoryTimelock();

beforeEach(async () => {
  database = await createEmptyDatabase();
  client = new Client({ connectionString: database.superuserUrl });
  await client.connect();
  timelock = memoryTimelock();
});

afterEach(async () => {
  for (const service of services) await service.stop();
  services = [];
  await client.end();
  await database.drop();
});

function service(...rest: Parameters<typeof testService> extends [unknown, unknown, ...infer R] ? R : never) {
  const made = testService(database, timelock, ...rest);
  services.push(made.service);
  return made;
}

/** Columns with types and constraints, and the rows, of the bound's table. */
async function describeTimestamp(of: TestDatabase) {
  return withSession(connectionOf(of), "lockstep", async (session) => {
    const columns = await session.query(
      `SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
       WHERE attrelid = 'public._timestamp'::regclass AND attnum > 0 ORDER BY attnum`,
    );
    const rows = await session.query("SELECT * FROM public._timestamp");
    return { columns: columns.rows as unknown[], rows: rows.rows as unknown[] };
  });
}

async function timestampTable(): Promise<Record<string, string>[]> {
  return (await client.query<Record<string, string>>("SELECT * FROM _timestamp")).rows;
}

describe("with embedded timestamps", () => {
  test("a virgin store gets 10000, the first timestamp is 10001 and the bound 1010001", async () => {
    const { service: orders, issued } = service();
    await runFor(orders, "embedded", 3);
    await orders.stop();
    expect(issued.recent()[0]).toBe(10_001n);
    expect(await timestampTable()).toEqual([{ last_allocated: "1010001" }]);
    expect(orders.condition().state).toBe("stopped");
  });

  test("a restart goes on above the bound", async () => {
    const { service: orders, issued } = service();
    await runFor(orders, "embedded", 2);
    await orders.stop();
    await runFor(orders, "embedded", 1);
    await orders.stop();
    expect(issued.recent()).toContain(1_010_002n);
    expect(await timestampTable()).toEqual([{ last_allocated: "2010002" }]);
    expect(issued.totals().faultCount).toBe(0);
  });

  test("another timestamp service on the same store is found at the next allocation", async () => {
    const pool = openPool(connectionOf(database), "orders-1");
    await createTimestampTable(pool);
    const bound = embeddedBound(pool);
    expect(await bound.read()).toBe(10_000n);
    await client.query("UPDATE _timestamp SET last_allocated = 77");
    await expect(bound.write(1_010_001n)).rejects.toMatchObject({ code: "multiple-running" });
    await client.query("DELETE FROM _timestamp");
    await expect(bound.write(1_010_001n)).rejects.toMatchObject({ code: "bound-vanished" });
    expect(await timestampTable()).toEqual([]);
    await pool.end();
  });

  test("two services on one store: the first dies at its next allocation, and nothing is issued twice", async () => {
    const pool = openPool(connectionOf(database), "orders-1");
    await createTimestampTable(pool);
    const first = await embeddedTimestamps(embeddedBound(pool));
    const second = await embeddedTimestamps(embeddedBound(pool));
    expect(await first.fresh()).toBe(10_001n);
    await expect(second.fresh()).rejects.toMatchObject({ code: "multiple-running" });
    await pool.end();
  });

  test("an invalidated store makes it fail on the missing column, and the value stays", async () => {
    const { service: orders } = service();
    await runFor(orders, "embedded", 1);
    await orders.stop();
    await client.query("ALTER TABLE _timestamp RENAME last_allocated TO legacy_last_allocated");
    await orders.start("embedded");
    expect(orders.condition()).toMatchObject({
      state: "failed",
      detail: expect.stringContaining('column "last_allocated" does not exist') as string,
    });
    expect(await timestampTable()).toEqual([{ legacy_last_allocated: "1010001" }]);
  });

  test("a store that lost its row issues old timestamps again, and the log says so", async () => {
    const { service: orders, issued } = service();
    await runFor(orders, "embedded", 100);
    await orders.stop();
    await client.query("DELETE FROM _timestamp");
    await orders.start("embedded");
    await expect.poll(() => issued.totals().faultCount).toBeGreaterThan(0);
    expect(issued.totals().faults[0]).toMatchObject({ issued: "10001" });
    await expect
      .poll(() => orders.condition().detail ?? "", { interval: 5 })
      .toContain("has been issued twice");
  });
});

describe("with TimeLock", () => {
  test("the automated migrator pings, invalidates, forwards to the kept bound, at every start", async () => {
    const { service: orders, issued } = service();
    await runFor(orders, "embedded", 2);
    await orders.stop();
    await runFor(orders, "timelock", 2);
    await orders.stop();
    await runFor(orders, "timelock", 1);
    await orders.stop();
    expect(timelock.calls).toEqual([
      "ping orders",
      "fast-forward orders 1010001",
      "ping orders",
      "fast-forward orders 1010001",
    ]);
    expect(await timestampTable()).toEqual([{ legacy_last_allocated: "1010001" }]);
    // 1010002 went to the start-up check against the punches.
    expect(issued.recent()).toContain(1_010_003n);
    expect(issued.totals().faultCount).toBe(0);
  });

  test("on a store of the real AtlasDB it leaves _timestamp as the real migrator does", async () => {
    const real = await createEmptyDatabase();
    try {
      await restoreGoldenStore(connectionOf(real), "invalidated-by-real-migration");
      await restoreGoldenStore(connectionOf(database), "source");
      const pool = openPool(connectionOf(database), "golden-1");
      expect(await migrateToTimelock(postgresServiceStore(pool), timelock, "golden")).toBe(1_010_001n);
      await pool.end();
      const [ours, theirs] = await Promise.all([database, real].map(async (one) => describeTimestamp(one)));
      expect(ours).toEqual(theirs);
    } finally {
      await real.drop();
    }
  });

  test("an empty store is invalidated without a value, and forwarded by nothing", async () => {
    const { service: orders, issued } = service();
    await runFor(orders, "timelock", 1);
    await orders.stop();
    expect(timelock.calls).toEqual(["ping orders", "fast-forward orders -9223372036854775807"]);
    expect(await timestampTable()).toEqual([]);
    expect(issued.recent()[0]).toBe(2n);
  });

  test("both columns are refused, and nothing is forwarded", async () => {
    await client.query("CREATE TABLE _timestamp (last_allocated int8, legacy_last_allocated int8)");
    const { service: orders } = service();
    await orders.start("timelock");
    expect(orders.condition()).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("both current as well as legacy columns") as string,
    });
    expect(timelock.calls).toEqual(["ping orders"]);
  });

  test("an unreachable TimeLock leaves the store untouched", async () => {
    const { service: orders } = service();
    await runFor(orders, "embedded", 1);
    await orders.stop();
    timelock.fail(new Error("refused"));
    await orders.start("timelock");
    expect(orders.condition().state).toBe("failed");
    expect(await timestampTable()).toEqual([{ last_allocated: "1010001" }]);
  });

  test("a typing error in the namespace is lifted to the stale kept bound only, and refused once the punches are above", async () => {
    const { service: orders, issued } = service();
    await runFor(orders, "embedded", 1);
    await orders.stop();
    await runFor(orders, "timelock", 5);
    await orders.stop();
    timelock.restart();
    await runFor(orders, "timelock", 5);
    await orders.stop();
    await runFor(orders, "other-namespace", 1);
    expect(orders.condition()).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("Expected lower bound of") as string,
    });
    expect(issued.totals().faultCount).toBe(0);
  });
});

describe("what it writes", () => {
  test("is shaped as AtlasDB shapes it", async () => {
    const { service: orders } = service();
    await runFor(orders, "embedded", 60);
    await orders.stop();
    const transactions = await client.query<{ row_name: Buffer; col_name: Buffer; ts: string; val: Buffer }>(
      "SELECT * FROM _transactions",
    );
    for (const row of transactions.rows) {
      expect(row.col_name.toString("utf8")).toBe("t");
      expect(row.ts).toBe("0");
      const start = decodeVarLong(row.row_name).value;
      const commit = decodeCommit(row.val);
      expect(commit === null || commit > start).toBe(true);
    }
    const punches = await client.query<{ row_name: Buffer; ts: string; val: Buffer }>(
      "SELECT * FROM _punch ORDER BY row_name",
    );
    expect(punches.rows.length).toBeGreaterThan(1);
    for (const row of punches.rows) expect(decodePunchValue(row.val).toString()).toBe(row.ts);
    const times = punches.rows.map((row) => decodePunchRow(row.row_name));
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? 1 : -1)));
    const cells = await client.query<{ ts: string }>(
      "SELECT ts FROM shop__orders UNION ALL SELECT ts FROM shop__customers",
    );
    const starts = new Set(transactions.rows.map((row) => decodeVarLong(row.row_name).value.toString()));
    expect(cells.rows.filter((cell) => !starts.has(cell.ts)).length).toBeLessThanOrEqual(1);
  });

  test("its sessions carry its name while it runs, and are gone when it is stopped", async () => {
    const { service: orders } = service();
    await runFor(orders, "embedded", 1);
    const count = async () =>
      (
        await client.query(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'orders-1'",
        )
      ).rowCount;
    expect(await count()).toBeGreaterThan(0);
    await orders.stop();
    for (let tries = 0; tries < 50 && (await count()) !== 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await count()).toBe(0);
  });
});
