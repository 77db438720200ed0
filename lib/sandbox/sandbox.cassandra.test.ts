import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, inject, test } from "vitest";

import { findTools, type LocalTools } from "#lib/local-cassandra/java.ts";
import { sandboxOffer, type SandboxCommand, sandboxStatus } from "#lib/rehearsal/schema.ts";
import { type Sandbox, startSandbox } from "#lib/sandbox/sandbox.ts";
import { parseSmallJson } from "#lib/processes/small-json.ts";

const pace = { transactionIntervalMs: 20, punchIntervalMs: 100, startRetryMs: 50, startRetries: 2 };
let folder: string;
let tools: LocalTools;
let sandbox: Sandbox;

const start = async (cassandra: LocalTools | null) =>
  startSandbox({
    folder: path.join(folder, "data"),
    postgresAdminUrl: inject("testServer").superuserUrl,
    controlFile: path.join(folder, "control.json"),
    cassandra,
    pace,
  });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-sandbox-cassandra-"));
  const search = await findTools();
  if (!search.found) throw new Error(search.missing);
  tools = search.tools;
  sandbox = await start(tools);
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(target: string, command?: SandboxCommand): Promise<unknown> {
  const response = await fetch(sandbox.control.url + target, {
    method: command === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${sandbox.control.token}` },
    ...(command === undefined ? {} : { body: JSON.stringify(command) }),
  });
  expect(response.status).toBe(200);
  return parseSmallJson(await response.text());
}
const status = async () => sandboxStatus.parse(await ask("/status"));
const catalog = async () => (await status()).services.find(({ id }) => id === "catalog");
const store = async () => (await status()).stores.find(({ id }) => id === "catalog");
const commitsMore = async () => {
  const before = (await catalog())?.commits ?? 0;
  await expect.poll(async () => (await catalog())?.commits, { timeout: 60_000 }).toBeGreaterThan(before);
};

test("a service runs on its keyspace, moves to TimeLock, and is remembered with and without the server", async () => {
  expect(sandbox.cassandraProblem).toBeNull();
  await commitsMore();
  expect(await store()).toMatchObject({
    kind: "cassandra",
    database: "catalog",
    columns: ["ts"],
    problem: null,
  });
  const offer = sandboxOffer.parse(await ask("/offer"));
  expect(offer.stores.find(({ name }) => name === "sandbox_catalog")).toMatchObject({
    kind: "cassandra",
    localDataCentre: "dc1",
    keyspace: "catalog",
    user: "catalog",
  });
  expect(offer.services.find(({ name }) => name === "catalog")).toMatchObject({ store: "sandbox_catalog" });

  await ask("/command", { kind: "stop-service", service: "catalog" });
  await ask("/command", { kind: "start-service", service: "catalog", configuration: "timelock" });
  await commitsMore();
  const moved = await store();
  expect(moved).toMatchObject({ columns: ["ts", "oldTs"], rows: [["0x00", expect.any(String)]] });
  const before = await catalog();
  expect(before?.faultCount).toBe(0);

  await sandbox.stop();
  sandbox = await start(null);
  expect(await catalog()).toBeUndefined();
  await sandbox.stop();
  sandbox = await start(tools);
  expect(await catalog()).toMatchObject({ configuration: "timelock" });
  expect((await store())?.rows).toEqual(moved?.rows);
  await commitsMore();
  expect((await catalog())?.faultCount).toBe(0);

  await ask("/command", { kind: "reset" });
  await commitsMore();
  expect(await catalog()).toMatchObject({ configuration: "embedded", faultCount: 0 });
  expect(await store()).toMatchObject({ columns: ["ts"], problem: null });
});

test("a server that does not start is no reason not to start the sandbox", async () => {
  await sandbox.stop();
  sandbox = await start({ ...tools, java: { ...tools.java, program: "/bin/false" } });
  expect(sandbox.cassandraProblem).toContain("does not start");
  const services = (await status()).services.map(({ id }) => id);
  expect(services).toContain("orders");
  expect(services).not.toContain("catalog");
});
