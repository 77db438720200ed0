import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { type Database, database as consoleDatabase, openDatabase } from "#lib/db/client.ts";
import { readSchemaChanges, SCHEMA_CHANGES_FOLDER } from "#lib/db/schema-files.ts";
import { createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { getHealth } from "#lib/health/get-health.ts";
import { listWorkers } from "#lib/health/list-workers.ts";
import { workerView } from "#lib/health/schema.ts";
import { beat, endBeat } from "#lib/health/worker-heartbeat.ts";
import { measureLoad } from "#lib/health/worker-load.ts";
import { VISITOR } from "#lib/people/actor.ts";
import { systemContext } from "#lib/people/testing.ts";

let database: TestDatabase;
let db: Database;
let newest: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.appUrl);
  newest = (await readSchemaChanges(SCHEMA_CHANGES_FOLDER)).at(-1)?.name ?? "";
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

it("follows workers as they come and go", async () => {
  const worker = { id: randomUUID(), host: "test", processId: 1, version: "1.0.0" };
  expect(await getHealth(db, newest)).toMatchObject({ status: "degraded", workers: { living: 0 } });
  await beat(db, worker);
  await beat(db, worker);
  expect(await getHealth(db, newest)).toEqual({
    status: "ok",
    database: "ok",
    schema: "current",
    workers: { living: 1, newestBeatSeconds: expect.any(Number) },
  });
  await endBeat(db, worker.id);
  expect(await getHealth(db, newest)).toMatchObject({ status: "degraded", workers: { living: 0 } });
});

it("is down on a schema of another build", async () => {
  expect(await getHealth(db, "20990101000000_later")).toMatchObject({ status: "down", schema: "other" });
});

it("is down without a database, and says so instead of throwing", async () => {
  const nowhere = openDatabase("postgresql://nobody:none@127.0.0.1:1/none");
  expect(await getHealth(nowhere, newest)).toMatchObject({ status: "down", database: "unreachable" });
  await nowhere.$disconnect();
});

it("lists live, silent and ended workers with their load", async () => {
  process.env["DATABASE_URL"] = database.appUrl;
  const name = (host: string) => ({ id: randomUUID(), host, processId: 77, version: "9.9.9" });
  const [live, silent, ended] = [name("live"), name("silent"), name("ended")];
  const load = measureLoad(() => 3)();
  for (const worker of [live, silent, ended]) await beat(db, worker, load);
  await db.$executeRaw`
    UPDATE worker_heartbeat SET seen_at = now() - interval '2 minutes' WHERE id = ${silent.id}::uuid`;
  await endBeat(db, ended.id);
  const workers = z.array(workerView).parse(await listWorkers(systemContext));
  const found = (id: string) => workers.find((worker) => worker.id === id);
  expect(found(live.id)).toMatchObject({
    state: "live",
    host: "live",
    processId: 77,
    version: "9.9.9",
    lanes: 3,
  });
  expect(found(live.id)?.rssBytes).toBeGreaterThan(1_000_000);
  expect(found(live.id)?.cpuPercent).toBeGreaterThanOrEqual(0);
  expect(found(silent.id)).toMatchObject({ state: "silent" });
  expect(found(ended.id)).toMatchObject({ state: "ended", lanes: 0 });
  expect(workers.at(-1)?.state).toBe("ended");
  const visitor = { actor: VISITOR, sourceAddress: null, requestId: "test" };
  await expect(listWorkers(visitor)).rejects.toMatchObject({ code: "forbidden" });
  await consoleDatabase().$disconnect();
});
