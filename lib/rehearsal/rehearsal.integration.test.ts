import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { listClusters } from "#lib/inventory/list-clusters.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { listStores } from "#lib/inventory/list-stores.ts";
import { updateServiceInput } from "#lib/inventory/schema.ts";
import { updateService } from "#lib/inventory/update-service.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { commandSandbox } from "#lib/rehearsal/command-sandbox.ts";
import { getSandbox } from "#lib/rehearsal/get-sandbox.ts";
import { registerSandbox } from "#lib/rehearsal/register-sandbox.ts";
import { CONTROL_FILE_VARIABLE } from "#lib/rehearsal/sandbox-client.ts";
import type { SandboxOffer, SandboxStatus } from "#lib/rehearsal/schema.ts";

const folder = mkdtempSync(path.join(tmpdir(), "lockstep-rehearsal-"));
const controlFile = path.join(folder, "control.json");
const token = "t".repeat(64);
const status: SandboxStatus = {
  at: "2026-11-21T12:00:00.000Z",
  transactionIntervalMs: 500,
  punchIntervalMs: 3000,
  quorum: true,
  nodes: [],
  namespaces: [],
  services: [],
  stores: [],
  faults: [],
};

let close: () => Promise<void>;
let server: Server;
let received: { authorization: string | undefined; target: string | undefined; body: string }[] = [];
let answer: { status: number; body: unknown } = { status: 200, body: {} };

function offer(port = 4001, databasePort = 5501): SandboxOffer {
  return {
    cluster: {
      name: "Sandbox TimeLock",
      basePath: "",
      token: "sandbox",
      nodes: [0, 1, 2].map((index) => ({ name: `tl-${index + 1}`, url: `http://127.0.0.1:${port + index}` })),
    },
    stores: ["orders", "billing"].map((name) => ({
      kind: "postgres" as const,
      name,
      host: "127.0.0.1",
      port: databasePort,
      database: `sandbox_${name}`,
      user: `sandbox_${name}`,
      password: "secret",
    })),
    services: [
      {
        name: "orders",
        description: "Move it.",
        store: "orders",
        namespace: "orders",
        source: "embedded",
        nodes: ["orders-1"],
      },
      {
        name: "billing",
        description: "Is there.",
        store: "billing",
        namespace: "billing",
        source: "timelock",
        nodes: ["billing-1"],
      },
    ],
  };
}

beforeAll(async () => {
  ({ close } = await useTestDatabase());
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      received.push({ authorization: request.headers.authorization, target: request.url, body });
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
});

beforeEach(() => {
  received = [];
  answer = { status: 200, body: {} };
  const { port } = server.address() as AddressInfo;
  writeFileSync(controlFile, JSON.stringify({ url: `http://127.0.0.1:${port}`, token }));
  process.env[CONTROL_FILE_VARIABLE] = controlFile;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await close();
  rmSync(folder, { recursive: true, force: true });
});

async function registered(): Promise<string> {
  const id = await registerSandbox(systemContext, offer());
  if (id === null) throw new Error("the sandbox is archived");
  return id;
}

describe("registering the sandbox", () => {
  test("enters it once, and leaves alone what a person changed since", async () => {
    const environment = await registered();
    const [billing] = (await listServices(systemContext, { environment })).filter(
      ({ name }) => name === "billing",
    );
    if (billing === undefined) throw new Error("billing is missing");
    expect(billing).toMatchObject({ timestampSource: "timelock", namespace: "billing" });
    await updateService(
      systemContext,
      updateServiceInput.parse({
        id: billing.id,
        seenVersion: billing.version,
        name: billing.name,
        storeId: billing.store.id,
        timestampSource: "timelock",
        clusterId: billing.cluster?.id,
        namespace: "billing",
        atlasdbVersion: "0.1175.0",
        notes: "Mine now.",
        nodes: [],
        dependents: [],
      }),
    );
    expect(await registered()).toBe(environment);
    const services = await listServices(systemContext, { environment });
    expect(services.map(({ name, notes }) => [name, notes])).toEqual([
      ["billing", "Mine now."],
      ["orders", "Move it."],
    ]);
    const row = await database().environment.findFirstOrThrow({ where: { id: environment } });
    expect(row).toMatchObject({ sandbox: true, tier: "development", quietWindowSeconds: 10 });
  });

  test("mends the addresses that the sandbox had to change, and no others", async () => {
    const environment = await registered();
    await registerSandbox(systemContext, offer(6001, 5777));
    const [cluster] = await listClusters(systemContext, { environment });
    expect(cluster?.nodes.map(({ url }) => url)).toEqual(
      [6001, 6002, 6003].map((port) => `http://127.0.0.1:${port}`),
    );
    const stores = await listStores(systemContext, { environment });
    expect(stores.map(({ connection }) => connection)).toMatchObject([{ port: 5777 }, { port: 5777 }]);
    const entries = await database().auditEntry.count();
    await registerSandbox(systemContext, offer(6001, 5777));
    expect(await database().auditEntry.count()).toBe(entries);
  });
});

describe("a Cassandra store", () => {
  const withCassandra = (port: number): SandboxOffer => {
    const plain = offer();
    return {
      ...plain,
      stores: [
        ...plain.stores,
        {
          kind: "cassandra",
          name: "sandbox_catalog",
          host: "127.0.0.1",
          port,
          localDataCentre: "dc1",
          keyspace: "catalog",
          user: "catalog",
          password: "secret",
        },
      ],
      services: [
        ...plain.services,
        {
          name: "catalog",
          description: "Move it too.",
          store: "sandbox_catalog",
          namespace: "catalog",
          source: "embedded",
          nodes: ["catalog-1"],
        },
      ],
    };
  };
  const entered = async (environment: string) =>
    (await listStores(systemContext, { environment })).find(({ name }) => name === "sandbox_catalog");

  test("is entered when the sandbox has one, follows its port, and stays when it has none", async () => {
    const environment = await registered();
    await registerSandbox(systemContext, withCassandra(9142));
    expect((await entered(environment))?.connection).toMatchObject({
      kind: "cassandra",
      contactPoints: [{ host: "127.0.0.1", port: 9142 }],
      localDataCentre: "dc1",
      keyspace: "catalog",
      user: "catalog",
      tlsMode: "disable",
    });
    const services = await listServices(systemContext, { environment });
    expect(services.map(({ name }) => name)).toContain("catalog");
    await registerSandbox(systemContext, withCassandra(9143));
    expect((await entered(environment))?.connection).toMatchObject({
      contactPoints: [{ host: "127.0.0.1", port: 9143 }],
    });
    await registerSandbox(systemContext, offer());
    expect((await entered(environment))?.archivedAt).toBeNull();
  });
});

describe("orders", () => {
  test("need an operator, are on record before they are sent, and carry the token", async () => {
    const environment = await registered();
    const operator = await makePerson("Olga", [{ role: "operator", environmentId: environment }]);
    await commandSandbox(operator, { kind: "stop-service", service: "orders" });
    expect(received).toEqual([
      {
        authorization: `Bearer ${token}`,
        target: "/command",
        body: '{"kind":"stop-service","service":"orders"}',
      },
    ]);
    expect(await lastEntry()).toMatchObject({ action: "command-sandbox", result: "done" });
  });

  test("of a viewer are refused, recorded and not sent", async () => {
    const environment = await registered();
    const viewer = await makePerson("Vera", [{ role: "viewer", environmentId: environment }]);
    await expect(commandSandbox(viewer, { kind: "reset" })).rejects.toMatchObject({ code: "forbidden" });
    expect(received).toEqual([]);
    expect(await lastEntry()).toMatchObject({ action: "command-sandbox", result: "denied" });
    expect((await getSandbox(viewer)).canOperate).toBe(false);
  });

  test("that the sandbox refuses keep its words", async () => {
    await registered();
    answer = { status: 409, body: { message: "Stop it first." } };
    await expect(commandSandbox(systemContext, { kind: "reset" })).rejects.toMatchObject({
      code: "conflict",
      message: "Stop it first.",
    });
  });
});

describe("the view", () => {
  test("shows the status, and says when there is none", async () => {
    await registered();
    answer = { status: 200, body: status };
    expect(await getSandbox(systemContext)).toMatchObject({ status, problem: null, canOperate: true });
    rmSync(controlFile);
    expect(await getSandbox(systemContext)).toMatchObject({
      status: null,
      problem: expect.stringContaining("starting") as string,
    });
    delete process.env[CONTROL_FILE_VARIABLE];
    expect(await getSandbox(systemContext)).toMatchObject({
      status: null,
      problem: expect.stringContaining("--no-sandbox") as string,
    });
  });

  test("is for people of its environment", async () => {
    await registered();
    const stranger = await makePerson("Sten");
    await expect(getSandbox(stranger)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("an archived sandbox stays archived", async () => {
    const environment = await registered();
    await database().environment.update({ where: { id: environment }, data: { archivedAt: new Date() } });
    expect(await registerSandbox(systemContext, offer())).toBeNull();
    await expect(getSandbox(systemContext)).rejects.toMatchObject({ code: "not-found" });
  });
});
