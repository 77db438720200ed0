import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { runName } from "#lib/engine/move-reading.ts";
import type { Targets } from "#lib/engine/step.ts";
import { listWorkers } from "#lib/health/list-workers.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { openSide } from "#lib/inventory/open-side.ts";
import { openInventoryMove } from "#lib/inventory/open-move.ts";
import { makeInventory, storeFields } from "#lib/inventory/testing.ts";
import { getCopy } from "#lib/migrations/get-copy.ts";
import { downloadDifferences, getDifferences } from "#lib/migrations/get-differences.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { copyView } from "#lib/mover/copy-view.ts";
import type { RunControl } from "#lib/mover/ledger.ts";
import { planSetUp } from "#lib/mover/set-up.ts";
import { systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { configFor, withSession } from "#lib/stores/postgres/testing.ts";
import { SEED_START, seedStore, wrongTables } from "#lib/stores/postgres/testing-seed.ts";

const plainTargets = z.record(z.string(), z.json());
const CELLS = 20_000;
const COMMIT = SEED_START + 1n;
const WAIT = { timeout: 60_000, interval: 100 };

let db: Awaited<ReturnType<typeof useTestDatabase>>;
let source: TestDatabase;
let destination: TestDatabase;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  db = await useTestDatabase();
  source = await createEmptyDatabase();
  destination = await createEmptyDatabase();
  await withSession(source.superuserUrl, async (client) =>
    seedStore(client, { cells: CELLS, versions: 2, valueBytes: 64 }),
  );
}, 60_000);
afterEach(async () => {
  await Promise.all(workers.splice(0).map(async (child) => stop(child)));
});
afterAll(async () => {
  await source.drop();
  await destination.drop();
  await db.close();
});

/** A worker as on another machine: nothing but the database and the key in its environment. */
function startWorker(change: Readonly<Record<string, string>> = {}): ChildProcess {
  const env: NodeJS.ProcessEnv = {
    NODE_ENV: "production",
    PATH: process.env["PATH"],
    DATABASE_URL: db.appUrl,
    LOCKSTEP_SECRET_KEY: process.env["LOCKSTEP_SECRET_KEY"],
    ...change,
  };
  const script = path.join(import.meta.dirname, "worker-alone.ts");
  const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "ignore", "pipe"] });
  workers.push(child);
  return child;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

/** A store of the inventory that is a real database. */
async function inventoryStore(environmentId: string, of: TestDatabase): Promise<string> {
  const { hostname, port, pathname, username, password } = new URL(of.superuserUrl);
  const fields = storeFields(environmentId, {
    host: hostname,
    port,
    database: pathname.slice(1),
    user: username,
    password: decodeURIComponent(password),
  });
  return (await createStore(systemContext, fields)).id;
}

/** A migration that is about to copy: its stores are set up, and S is committed. */
async function preparedMove() {
  const parts = await makeInventory();
  const [from, to] = [
    await inventoryStore(parts.environmentId, source),
    await inventoryStore(parts.environmentId, destination),
  ];
  const planned = await planSetUp(
    postgresCellSource({ config: configFor(source.superuserUrl) }),
    postgresCellSink({ config: configFor(destination.superuserUrl) }),
  );
  const store = async (role: "source" | "destination", storeId: string) => {
    const { identity } = await (await openSide(storeId)).bound.readBound();
    return { role, storeId, label: role, storeKind: "postgres" as const, identity };
  };
  const targets: Targets = {
    environmentId: parts.environmentId,
    serviceId: parts.serviceId,
    serviceLabel: "orders",
    stores: [await store("source", from), await store("destination", to)],
    sequences: [],
    move: { tables: [...planned.tables], dropped: [] },
  };
  const id = randomUUID();
  await database().migration.create({
    data: {
      id,
      environmentId: parts.environmentId,
      serviceId: parts.serviceId,
      storeId: from,
      runbook: "move-store",
      runbookVersion: 1,
      targets: plainTargets.parse(targets),
      plan: {},
      planHash: "0".repeat(64),
      startedById: "test",
      startedByName: "test",
      steps: {
        create: [
          {
            stepId: "raise",
            position: 0,
            state: "done",
            fixed: { S: SEED_START.toString(), C: COMMIT.toString() },
            findings: [],
            readings: [],
            finishedAt: new Date(),
            finishedBy: "test",
          },
        ],
      },
    },
  });
  const move = openInventoryMove(targets);
  await move.setUp(0n);
  await move.commitStart(SEED_START, COMMIT);
  return { id, to, move };
}

/** Opens the attempt that workers look for. */
async function intend(id: string, kind: "move.copy" | "move.validate"): Promise<void> {
  await database().migrationAttempt.updateMany({
    where: { migrationId: id },
    data: { state: "done", endedAt: new Date() },
  });
  await database().migrationAttempt.create({
    data: {
      id: randomUUID(),
      migrationId: id,
      stepId: kind === "move.copy" ? "copy" : "validate",
      number: 1,
      direction: "do",
      operation: { kind, into: "destination", start: SEED_START.toString() },
      conditions: {},
      leaseEpoch: 1n,
      actorKind: "system",
      actorId: "test",
      actorName: "test",
    },
  });
}

const heldBy = async (runId: string) => {
  const rows = await database().moverShard.findMany({ where: { runId, state: "held" } });
  return [...new Set(rows.map(({ worker }) => worker ?? ""))];
};
const doneOf = async (runId: string) => database().moverShard.count({ where: { runId, state: "done" } });

test(
  "two workers share one copy; one dies, the queue loses and repeats what it likes, and nothing is lost or doubled",
  { timeout: 240_000 },
  async () => {
    const { id, to, move } = await preparedMove();
    await intend(id, "move.copy");
    await move.startCopy(SEED_START);
    const runId = runName("copy", to, SEED_START, 1);
    const ledger = openConsoleLedger(runId);
    const ask = async (change: Partial<RunControl>) =>
      ledger.setControl({ ...(await ledger.control()), ...change });
    // So slow that all of the following happens while it runs, with ranges left that a second worker can take.
    await ask({ cellsPerSecondMax: 2_000, lanes: 2 });
    const first = startWorker();
    await expect.poll(async () => (await heldBy(runId)).length, WAIT).toBe(1);
    startWorker();
    // The second gets lanes that the first gives back at its next checkpoint, and half of the limit with them.
    await expect.poll(async () => (await heldBy(runId)).length, WAIT).toBe(2);
    await expect
      .poll(async () => (await listWorkers(systemContext)).filter(({ lanes }) => lanes > 0).length, WAIT)
      .toBe(2);
    const seen = copyView.parse(await getCopy(systemContext, { migrationId: id, kind: "copy" }));
    expect(seen).toMatchObject({ stepId: "copy", control: { lanes: 2, cellsPerSecondMax: 2_000 } });
    expect(seen.workers.map(({ state }) => state)).toEqual(["live", "live"]);

    // A pause is heard at the next checkpoint, not when the queue lets go of the job.
    await ask({ wanted: "pause" });
    await expect.poll(async () => heldBy(runId), WAIT).toEqual([]);
    expect(await doneOf(runId)).toBeLessThan(4);
    await ask({ wanted: "run" });
    await expect.poll(async () => (await heldBy(runId)).length, WAIT).toBe(2);

    // What the queue says is never the truth: its jobs are called complete, and then are gone.
    await withSession(db.superuserUrl, async (owner) => {
      await owner.query("UPDATE jobs.job SET state = 'completed', completed_on = now() WHERE name = 'moves'");
      await owner.query("DELETE FROM jobs.job WHERE name = 'moves'");
    });
    const dead = (await listWorkers(systemContext)).find(({ processId }) => processId === first.pid);
    await stop(first, "SIGKILL");
    // Its leases would run out by themselves after three quarters of a minute.
    await database().$executeRaw`
      UPDATE mover_shard SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = ${runId} AND worker LIKE ${`%${dead?.id}`}`;
    await ask({ cellsPerSecondMax: null });
    await expect.poll(async () => doneOf(runId), WAIT).toBe(4);
    const wrong = await withSession(source.superuserUrl, async (from) =>
      withSession(destination.superuserUrl, async (into) => wrongTables(from, into)),
    );
    expect(wrong).toEqual([]);

    await intend(id, "move.validate");
    await move.startComparison(SEED_START);
    const comparison = async () => getCopy(systemContext, { migrationId: id, kind: "compare" });
    await expect.poll(async () => (await comparison())?.state, WAIT).toBe("complete");
    expect(await comparison()).toMatchObject({
      headline: "All 4 tables are compared, and nothing differs.",
      differences: { found: 0, listed: 0 },
      counts: { cells: 4 * CELLS },
    });
    const [alive] = (await listWorkers(systemContext)).filter(({ state }) => state === "live");
    expect(alive?.rssBytes).toBeGreaterThan(0);
    // A worker whose timers stood still for as long as the queue waits for a sign of life would lose its jobs.
    expect(alive?.loopLagMs).toBeLessThan(5_000);

    await withSession(destination.superuserUrl, async (client) => {
      await client.query(
        "UPDATE app__hashed SET val = 'x' WHERE row_name = (SELECT min(row_name) FROM app__hashed)",
      );
      await client.query("DELETE FROM app__hot WHERE col_name = (SELECT max(col_name) FROM app__hot)");
    });
    await move.startComparison(SEED_START);
    await expect
      .poll(async () => (await comparison())?.round === 2 && (await comparison())?.state === "complete", WAIT)
      .toBe(true);
    const page = await getDifferences(systemContext, { migrationId: id });
    expect(page.differences.map(({ table, kind }) => `${table} ${kind}`).toSorted()).toEqual([
      "app.hashed value",
      "app.hot missing",
    ]);
    expect(page).toMatchObject({ found: 2, listed: 2, next: null });
    const csv = await downloadDifferences(systemContext, { migrationId: id, format: "csv" });
    expect(csv.text.trim().split("\n")).toHaveLength(4);
    expect(csv.text).toContain("This is all: 2 differences.");
    await move.close();
  },
);

test("a worker refuses another key and another database in words, and ends in order when it is told to", async () => {
  const words = async (child: ChildProcess) => {
    let said = "";
    child.stderr?.on("data", (data: Buffer) => (said += data.toString()));
    const [code] = await once(child, "exit");
    return { code, said };
  };
  const key = await words(startWorker({ LOCKSTEP_SECRET_KEY: "22".repeat(32) }));
  expect(key).toMatchObject({ code: 1, said: expect.stringContaining("LOCKSTEP_SECRET_KEY") });
  const other = await words(startWorker({ DATABASE_URL: source.superuserUrl }));
  expect(other).toMatchObject({ code: 1, said: expect.stringContaining("DATABASE_URL") });
  const child = startWorker();
  const listed = async () =>
    (await listWorkers(systemContext)).find(({ processId }) => processId === child.pid)?.state;
  await expect.poll(listed, WAIT).toBe("live");
  await stop(child);
  expect(child.exitCode).toBe(0);
  expect(await listed()).toBe("ended");
}, 60_000);
