import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import type { SandboxCommand, SandboxStatus } from "#lib/rehearsal/schema.ts";
import { sandboxControl, sandboxOffer, sandboxStatus } from "#lib/rehearsal/schema.ts";
import { type Sandbox, startSandbox } from "#lib/sandbox/sandbox.ts";
import { parseJson } from "#lib/timestamps/json.ts";

const folder = mkdtempSync(path.join(tmpdir(), "lockstep-sandbox-"));
const controlFile = path.join(folder, "run", "control.json");
const pace = { transactionIntervalMs: 5, punchIntervalMs: 50, startRetryMs: 50, startRetries: 2 };
let sandbox: Sandbox;

async function start(): Promise<Sandbox> {
  return startSandbox({
    folder: path.join(folder, "data"),
    postgresAdminUrl: inject("testServer").superuserUrl,
    controlFile,
    pace,
  });
}

beforeAll(async () => {
  sandbox = await start();
});

afterAll(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(method: string, target: string, body?: unknown, token = sandbox.control.token) {
  const response = await fetch(sandbox.control.url + target, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

async function status(): Promise<SandboxStatus> {
  return sandboxStatus.parse((await ask("GET", "/status")).body);
}

async function command(given: SandboxCommand): Promise<number> {
  return (await ask("POST", "/command", given)).status;
}

async function service(id: string) {
  const found = (await status()).services.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no service ${id}`);
  return found;
}

async function store(id: string) {
  const found = (await status()).stores.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no store ${id}`);
  return found;
}

describe("a new sandbox", () => {
  test("runs orders on its own bound, others on TimeLock, and has the golden store untouched", async () => {
    for (const id of ["orders", "billing", "shipping", "loyalty", "archive"])
      await expect.poll(async () => (await service(id)).commits).toBeGreaterThan(0);
    const now = await status();
    expect(now.services.map(({ id, state }) => [id, state])).toEqual([
      ["orders", "running"],
      ["billing", "running"],
      ["shipping", "running"],
      ["loyalty", "running"],
      ["golden", "stopped"],
      ["archive", "running"],
    ]);
    expect(await store("archive")).toMatchObject({ columns: ["last_allocated"], problem: null });
    expect(await store("archive-new")).toMatchObject({ columns: [], rows: [], problem: null });
    expect(await store("orders")).toMatchObject({ columns: ["last_allocated"], problem: null });
    for (const id of ["billing", "shipping", "loyalty"])
      expect(await store(id)).toMatchObject({ columns: ["legacy_last_allocated"], rows: [["1010001"]] });
    expect(await store("golden")).toMatchObject({
      columns: ["last_allocated"],
      rows: [["1010001"]],
      newestPunch: "10001",
    });
    expect(now.nodes.filter((node) => node.leads)).toHaveLength(1);
    expect(now.services.every((one) => one.faultCount === 0)).toBe(true);
  });

  test("offers itself to the inventory", async () => {
    const offer = sandboxOffer.parse((await ask("GET", "/offer")).body);
    expect(offer.services.map(({ name, source }) => [name, source])).toEqual([
      ["orders", "embedded"],
      ["billing", "timelock"],
      ["shipping", "timelock"],
      ["loyalty", "timelock"],
      ["golden", "embedded"],
      ["archive", "embedded"],
    ]);
  });

  test("offers an empty store beside the one whose data can be moved", async () => {
    const offer = sandboxOffer.parse((await ask("GET", "/offer")).body);
    const names = offer.stores.map(({ name }) => name);
    expect(names).toContain("sandbox_archive_new");
    expect(names).toHaveLength(offer.services.length + 1);
    const { files } = await service("archive");
    const moved = files.find(({ configuration }) => configuration === "moved");
    expect(moved?.install).toContain("sandbox_archive_new");
    expect((await service("orders")).files.map(({ configuration }) => configuration)).not.toContain("moved");
  });

  test("leaves its address and token to its own user only", () => {
    expect(sandboxControl.parse(parseJson(readFileSync(controlFile, "utf8")))).toEqual(sandbox.control);
    expect(statSync(controlFile).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(folder, "data", "sandbox.json")).mode & 0o777).toBe(0o600);
  });
});

describe("control", () => {
  test("refuses strangers and garbage", async () => {
    expect((await ask("GET", "/status", undefined, "wrong")).status).toBe(401);
    expect((await ask("POST", "/command", { kind: "reset" }, "wrong")).status).toBe(401);
    expect((await ask("POST", "/command", { kind: "explode" })).status).toBe(422);
    expect((await ask("POST", "/command", "x".repeat(20_000))).status).toBe(422);
    expect((await ask("GET", "/elsewhere")).status).toBe(404);
    expect(await command({ kind: "stop-service", service: "nobody" })).toBe(404);
    expect(await command({ kind: "stop-node", node: "tl-9" })).toBe(404);
  });

  test("a running service must be stopped before it gets another configuration", async () => {
    expect(await command({ kind: "start-service", service: "orders", configuration: "timelock" })).toBe(409);
    expect(await command({ kind: "start-service", service: "orders", configuration: "embedded" })).toBe(200);
  });

  test("only a service with a second store is started on one", async () => {
    expect(await command({ kind: "start-service", service: "orders", configuration: "moved" })).toBe(409);
  });

  test("nodes and faults are set and cleared", async () => {
    await command({ kind: "stop-node", node: "tl-2" });
    expect((await status()).nodes.map((node) => node.up)).toEqual([true, false, true]);
    await command({ kind: "start-node", node: "tl-2" });
    for (const fault of [
      "quorum-lost",
      "lose-fast-forward-answer",
      "leader-lost-during-fast-forward",
      "late-fast-forward-answer",
    ] as const) {
      await command({ kind: "set-fault", fault });
      expect((await status()).faults.find((one) => one.fault === fault)?.armed).toBe(true);
      await command({ kind: "clear-fault", fault });
      expect((await status()).faults.find((one) => one.fault === fault)?.armed).toBe(false);
    }
    expect((await status()).nodes.map((node) => node.up)).toEqual([true, true, true]);
  });
});

describe("what a service does when TimeLock fails", () => {
  test("it waits while there is no quorum and goes on by itself, in order", async () => {
    await command({ kind: "set-fault", fault: "quorum-lost" });
    await expect.poll(async () => (await service("billing")).state, { timeout: 60_000 }).toBe("waiting");
    await command({ kind: "clear-fault", fault: "quorum-lost" });
    await expect.poll(async () => (await service("billing")).state, { timeout: 60_000 }).toBe("running");
    await command({ kind: "set-fault", fault: "leader-lost" });
    const before = (await service("billing")).commits;
    await expect
      .poll(async () => (await service("billing")).commits, { timeout: 60_000 })
      .toBeGreaterThan(before);
    expect((await service("billing")).faultCount).toBe(0);
  });
});

describe("golden", () => {
  test("the simulated migrator leaves _timestamp as the real one does, and the old configuration then fails", async () => {
    await command({ kind: "start-service", service: "golden", configuration: "timelock" });
    await expect.poll(async () => (await service("golden")).commits, { timeout: 60_000 }).toBeGreaterThan(0);
    await command({ kind: "stop-service", service: "golden" });
    expect(await store("golden")).toMatchObject({ columns: ["legacy_last_allocated"], rows: [["1010001"]] });
    await command({ kind: "start-service", service: "golden", configuration: "embedded" });
    await expect.poll(async () => (await service("golden")).state, { timeout: 60_000 }).toBe("failed");
    expect((await service("golden")).detail).toContain('column "last_allocated" does not exist');
  });
});

describe("coming back", () => {
  test("a restart keeps bounds, ports, configurations and what was issued", async () => {
    await command({ kind: "stop-service", service: "orders" });
    const before = await status();
    await sandbox.stop();
    sandbox = await start();
    const after = await status();
    expect(after.nodes.map((node) => node.url)).toEqual(before.nodes.map((node) => node.url));
    expect(after.services.map(({ id, configuration }) => [id, configuration])).toEqual(
      before.services.map(({ id, configuration }) => [id, configuration]),
    );
    expect((await service("orders")).state).toBe("stopped");
    expect(await store("orders")).toEqual(before.stores[0]);
    expect((await service("orders")).highestIssued).toBe(before.services[0]?.highestIssued);
    await expect.poll(async () => (await service("billing")).commits, { timeout: 60_000 }).toBeGreaterThan(0);
    expect((await service("billing")).faultCount).toBe(0);
  });

  test("a reset makes everything as it was at first", async () => {
    expect(await command({ kind: "reset" })).toBe(200);
    const now = await status();
    expect(now.services.map(({ id, configuration }) => [id, configuration])).toEqual([
      ["orders", "embedded"],
      ["billing", "timelock"],
      ["shipping", "timelock"],
      ["loyalty", "timelock"],
      ["golden", "embedded"],
      ["archive", "embedded"],
    ]);
    expect(await store("golden")).toMatchObject({ columns: ["last_allocated"], rows: [["1010001"]] });
    await expect.poll(async () => (await service("billing")).commits, { timeout: 60_000 }).toBeGreaterThan(0);
  });
});
