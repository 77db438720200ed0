import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { APP_ROLE, OWNER_ROLE } from "#lib/db/console-roles.ts";
import { applySchemaChanges } from "#lib/db/schema-changes.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createEmptyDatabase();
  await asRole(database.superuserUrl, `ALTER DATABASE ${database.name} OWNER TO ${OWNER_ROLE}`);
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-changes-"));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function asRole<T extends pg.QueryResultRow>(url: string, sql: string): Promise<readonly T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function write(name: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, name, "migration.sql"), sql);
}

const apply = async () => applySchemaChanges({ ownerUrl: database.ownerUrl, appRole: APP_ROLE, folder });

it("applies each change once, also when several starts race", async () => {
  await write("0001_a", "CREATE TABLE a (id bigint PRIMARY KEY); INSERT INTO a VALUES (1)");
  await write("0002_b", "INSERT INTO a VALUES (2)");
  const applied = await Promise.all([apply(), apply(), apply()]);
  expect(applied.flat().toSorted()).toEqual(["0001_a", "0002_b"]);
  expect(await asRole(database.ownerUrl, "SELECT id FROM a ORDER BY id")).toHaveLength(2);
  expect(await apply()).toEqual([]);
});

it("leaves nothing behind of a change that fails", async () => {
  await write("0001_a", "CREATE TABLE a (id bigint); SELECT 1/0");
  await expect(apply()).rejects.toThrow("0001_a failed and left nothing behind: division by zero");
  expect(await asRole(database.ownerUrl, "SELECT to_regclass('a') AS a")).toEqual([{ a: null }]);
  expect(await asRole(database.ownerUrl, "SELECT 1 FROM _prisma_migrations")).toEqual([]);
});

it("refuses a database that a newer build has changed", async () => {
  await write("0001_a", "SELECT 1");
  await write("0002_b", "SELECT 1");
  await apply();
  await rm(path.join(folder, "0002_b"), { recursive: true });
  await expect(apply()).rejects.toThrow("used by a newer Lockstep");
});

it("gives the application's role rows but nothing to own", async () => {
  await write(
    "0001_a",
    "CREATE SCHEMA audit; CREATE TABLE a (id int); CREATE TABLE audit.entry (id bigint GENERATED ALWAYS AS IDENTITY)",
  );
  await apply();
  await asRole(database.appUrl, "INSERT INTO a VALUES (1); UPDATE a SET id = 2; DELETE FROM a");
  await asRole(database.appUrl, "INSERT INTO audit.entry DEFAULT VALUES");
  for (const sql of [
    "UPDATE audit.entry SET id = DEFAULT",
    "DELETE FROM audit.entry",
    "TRUNCATE audit.entry",
    "DROP TABLE a",
    "CREATE TABLE mine ()",
    "DELETE FROM _prisma_migrations",
  ]) {
    await expect(asRole(database.appUrl, sql), sql).rejects.toThrow(/permission denied|must be owner/);
  }
});
