import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { beat } from "#lib/health/worker-heartbeat.ts";
import { buildCopyView } from "#lib/mover/build-copy-view.ts";
import { openConsoleLedger, reserveRun } from "#lib/mover/console-ledger.ts";
import { heldLanes, keepMetrics, keepPart } from "#lib/mover/console-metrics.ts";
import { copyView } from "#lib/mover/copy-view.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { Ledger, ShardLease } from "#lib/mover/ledger.ts";
import { readCopy } from "#lib/mover/read-copy.ts";

let ours: TestDatabase;
let runId: string;
let ledger: Ledger;

beforeAll(async () => {
  ours = await createTestDatabase();
  process.env["DATABASE_URL"] = ours.appUrl;
});
afterAll(async () => {
  await database().$disconnect();
  await ours.drop();
});
beforeEach(async () => {
  runId = randomUUID();
  ledger = openConsoleLedger(runId);
  await ledger.create({
    runId,
    kind: "copy",
    start: 7n,
    shards: ["a.a", "a.a", "b.b", "c.c"].map((table, id) => ({
      id,
      table,
      range: { from: null, to: null },
      estimate: id === 3 ? { versions: null, bytes: null } : { versions: 100, bytes: 10_000 - id },
    })),
  });
});

const DONE = { versions: 100, cells: 50, bytes: 5_000, bytesRead: 9_000 };
const ms = { source: 100, filter: 50, destination: 700, throttle: 0 };
const view = async () => {
  const rows = await readCopy(runId);
  if (rows === null) throw new Error("no run");
  const about = { migrationId: randomUUID(), version: 3, stepId: "copy", round: 1, start: "7" };
  return copyView.parse(buildCopyView({ ...about, kind: "copy", canOperate: true }, rows));
};
const claim = async (worker: string): Promise<ShardLease> => {
  const lease = await ledger.claim(worker);
  if (lease === null) throw new Error("nothing to claim");
  return lease;
};
const finish = async (lease: ShardLease, cells: number) => {
  const counts = { ...NO_COUNTS, versions: cells * 2, cells, older: cells, bytes: cells * 10 };
  await ledger.checkpoint(lease, { sequence: 1, next: null, counts });
  await ledger.release(lease);
};

test("shows a run that nobody works on yet, and one that does not exist as none", async () => {
  expect(await view()).toMatchObject({
    state: "waiting",
    headline: "Waiting for a worker to begin, 0 of 3 tables done.",
    shards: { done: 0, held: 0, failed: 0, total: 4 },
    startedAt: null,
    eta: null,
    rate: null,
    points: [],
  });
  expect(await readCopy("no such run")).toBeNull();
});

test("is no finished run before somebody has cut it into ranges", async () => {
  runId = randomUUID();
  await reserveRun(runId, "copy");
  expect(await view()).toMatchObject({ state: "waiting", endedAt: null, shards: { total: 0 }, eta: null });
  expect((await view()).headline).toContain("cut them into ranges");
});

test("adds up what two workers do, says what limits them, and lists their lanes", async () => {
  const id = randomUUID();
  await beat(database(), { id, host: "db-1", processId: 4321, version: "1.2.3" });
  const first = `db-1 ${id}`;
  const [one, two] = [await claim(first), await claim("elsewhere")];
  const lane = (lease: ShardLease) => ({
    shard: lease.shard.id,
    cellsPerSecond: 25,
    waitingFor: "destination" as const,
  });
  const part = (lease: ShardLease) => ({ done: { ...DONE, ms }, lanes: [lane(lease)], errors: [] });
  await keepPart(runId, first, part(one));
  await keepPart(runId, first, part(one));
  await keepPart(runId, "elsewhere", part(two));
  const seen = await view();
  expect(seen).toMatchObject({ state: "running", limitedBy: "destination", bytesRead: 27_000 });
  expect(seen.headline).toBe("Copying, 0 of 3 tables done, limited by the destination.");
  expect(seen.shares).toEqual({ source: 12, filter: 6, destination: 82, throttle: 0 });
  expect(seen.rate?.cellsPerSecond).toBeGreaterThan(0);
  expect(seen.lanes).toMatchObject([
    { table: one.shard.table, worker: "db-1, process 4321", cellsPerSecond: 25, waitingFor: "destination" },
    { worker: "elsewhere" },
  ]);
  expect(seen.workers).toMatchObject([
    { name: "db-1, process 4321", state: "live", version: "1.2.3", lanes: 1, cells: 100 },
    { name: "elsewhere", state: "unknown", lanes: 1, cells: 50 },
  ]);
  expect(seen.etaUnknownBecause).toContain("Too little");
});

test("estimates once three ranges are done, and counts each table", async () => {
  for (const cells of [30, 20, 10]) await finish(await claim("w"), cells);
  const last = await claim("w");
  await keepPart(runId, "w", {
    done: { ...DONE, ms },
    lanes: [{ shard: last.shard.id, cellsPerSecond: 5, waitingFor: null }],
    errors: [],
  });
  const seen = await view();
  expect(seen.eta).not.toBeNull();
  expect(seen.etaUnknownBecause).toBeNull();
  expect(seen.counts).toEqual({ ...NO_COUNTS, versions: 120, cells: 60, older: 60, bytes: 600 });
  expect(seen.tableCount).toEqual({ done: 2, total: 3 });
  await finish(last, 1);
  const over = await view();
  expect(over).toMatchObject({ state: "complete", eta: null, etaUnknownBecause: null, pauseCost: [] });
  expect(over.endedAt).not.toBeNull();
  expect(over.marks.map(({ kind }) => kind)).toEqual(["began", "ended"]);
  expect(over.tables.every(({ percent }) => percent === 100)).toBe(true);
});

test("keeps errors by class and code, and marks a code once a minute", async () => {
  const lease = await claim("w");
  const error = { class: "transient", code: "no-answer", message: "gone", table: "a.a", shard: 0 } as const;
  const part = (count: number, message: string) => ({
    done: { ...DONE, versions: 0, cells: 0, ms },
    lanes: [],
    errors: [{ ...error, count, message }],
  });
  await keepPart(runId, "w", part(2, "first"));
  await keepPart(runId, "w", part(3, "last"));
  await ledger.release(lease, { class: "poison", code: "bad", message: "cannot be read" });
  const seen = await view();
  expect(seen.errors).toMatchObject([{ class: "transient", code: "no-answer", count: 5, message: "last" }]);
  expect(seen.marks).toMatchObject([{ kind: "began" }, { kind: "error", text: "first" }]);
  expect(seen.failedShards).toMatchObject([{ shard: lease.shard.id, class: "poison", code: "bad" }]);
  expect(seen.headline).toContain("1 range stands still");
});

test("keeps what could not be written for the next time", async () => {
  const kept = keepMetrics("a run that is not there yet", "w", 60_000);
  kept.heard({
    kind: "failed",
    shard: 0,
    table: "t.t",
    failure: { class: "fatal", code: "x", message: "y" },
  });
  await kept.stop();
  const metrics = keepMetrics(runId, "w", 60_000);
  const lease = await claim("w");
  metrics.heard({ kind: "started", shard: lease.shard.id, table: lease.shard.table });
  expect(heldLanes()).toBe(1);
  await metrics.stop();
  expect(heldLanes()).toBe(0);
  expect((await view()).lanes).toHaveLength(1);
});
