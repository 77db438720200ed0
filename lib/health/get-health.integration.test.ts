import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Database, openDatabase } from "#lib/db/client.ts";
import { readSchemaChanges, SCHEMA_CHANGES_FOLDER } from "#lib/db/schema-files.ts";
import { createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { getHealth } from "#lib/health/get-health.ts";
import { beat, endBeat } from "#lib/health/worker-heartbeat.ts";

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
