import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#lib/db/embedded/embedded-postgres.ts";

let folder: string;
let server: EmbeddedPostgres | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-embedded-"));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const start = async () =>
  (server = await startEmbeddedPostgres({
    folder: path.join(folder, "postgres"),
    passwordFile: path.join(folder, "secrets", "superuser"),
  }));

async function query(url: string, sql: string): Promise<pg.QueryResultRow | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

it("keeps data, port and password from start to start", async () => {
  const first = await start();
  await query(first.urlFor("postgres"), "CREATE TABLE kept AS SELECT 42 AS value");
  await first.stop();
  const second = await start();
  expect(second.urlFor("postgres")).toBe(first.urlFor("postgres"));
  expect(await query(second.urlFor("postgres"), "SELECT value FROM kept")).toEqual({ value: 42 });
});

it("lets nobody in without the password and shows it to nobody", async () => {
  const { port } = await start();
  await expect(query(`postgresql://postgres:wrong@127.0.0.1:${port}/postgres`, "SELECT 1")).rejects.toThrow(
    "password authentication failed",
  );
  expect((await stat(path.join(folder, "secrets", "superuser"))).mode & 0o777).toBe(0o600);
  expect((await stat(path.join(folder, "postgres"))).mode & 0o777).toBe(0o700);
});

it("comes back after kill -9, past the stale postmaster.pid", async () => {
  const first = await start();
  await query(first.urlFor("postgres"), "CREATE TABLE kept AS SELECT 42 AS value");
  process.kill(first.pid, "SIGKILL");
  await first.exited;
  await writeFile(path.join(folder, "postgres", "data", "postmaster.pid"), `${process.pid}\n`);
  const second = await start();
  expect(await query(second.urlFor("postgres"), "SELECT value FROM kept")).toEqual({ value: 42 });
});

it("takes over from a server that a killed launcher left running", async () => {
  const first = await start();
  const second = await start();
  await first.exited;
  expect(await query(second.urlFor("postgres"), "SELECT 1 AS one")).toEqual({ one: 1 });
});

it("refuses a data folder of another major version in one sentence", async () => {
  await (await start()).stop();
  await writeFile(path.join(folder, "postgres", "data", "PG_VERSION"), "17\n");
  await expect(start()).rejects.toThrow("was made by Postgres 17, and this Lockstep brings Postgres 18");
});
