import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { putPolicy, signedIn } from "#lib/approvals/testing.ts";
import { database } from "#lib/db/client.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import {
  cassandraStoreFields,
  clusterFields,
  environmentFields,
  serviceFields,
} from "#lib/inventory/testing.ts";
import { createTestKeyspace, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import { createMigration } from "#lib/migrations/create-migration.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { migrationView } from "#lib/migrations/schema.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import {
  prepare,
  press,
  pressedSteps,
  recordWorked,
  type RunbookId,
  type Scenario,
  versionOf,
  workerContext,
} from "#lib/migrations/testing.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import type { SandboxConfiguration } from "#lib/rehearsal/schema.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";
import { openCassandraStore } from "#lib/sandbox/cassandra/service-store.ts";
import type { CassandraConnection } from "#lib/sandbox/cassandra/session.ts";
import { viewKeyspace } from "#lib/sandbox/cassandra/view.ts";
import { type IssuedLog, issuedLog, NOTHING_ISSUED } from "#lib/sandbox/issued-log.ts";
import { seedStore } from "#lib/sandbox/seed-store.ts";
import { type SimulatedService, simulatedService } from "#lib/sandbox/simulated-service.ts";
import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { runFor } from "#lib/sandbox/testing.ts";
import { serviceTimelock } from "#lib/sandbox/timelock-client.ts";

let consoleDatabase: Awaited<ReturnType<typeof useTestDatabase>>;
let keyspace: TestKeyspace;
let connection: CassandraConnection;
let timelock: SimulatedTimelock;
let service: SimulatedService;
let issued: IssuedLog;
let parts: Scenario["parts"];
let operator: Scenario["operator"];

beforeAll(async () => {
  consoleDatabase = await useTestDatabase();
  keyspace = await createTestKeyspace("2.2.18", "network");
  const { server, name } = keyspace;
  connection = {
    kind: "cassandra",
    host: server.host,
    port: server.port,
    thriftPort: 9160,
    dataCentre: server.dataCentre,
    keyspace: name,
    user: server.username,
    password: server.password,
  };
  timelock = await startSimulatedTimelock();
  issued = issuedLog(NOTHING_ISSUED, () => new Date());
  service = simulatedService({
    node: "orders-1",
    openStore: async () => openCassandraStore(connection),
    tables: ["shop.orders"],
    namespace: name,
    namespaceIsKeyspace: true,
    timelock: serviceTimelock(() => timelock.urls),
    issued,
    pace: { transactionIntervalMs: 5, punchIntervalMs: 50, startRetryMs: 50, startRetries: 2 },
    random: Math.random,
    now: () => new Date(),
  });
  const store = await openCassandraStore(connection);
  await seedStore(store, ["shop.orders"]);
  await store.close();
  parts = await describeInventory();
  operator = await signedIn(
    await makePerson("Olga", [{ role: "operator", environmentId: parts.environmentId }]),
  );
});
afterAll(async () => {
  await service.stop();
  await timelock.close();
  await keyspace.drop();
  await consoleDatabase.close();
});

async function describeInventory(): Promise<Scenario["parts"]> {
  const { id: environmentId } = await createEnvironment(systemContext, environmentFields());
  await database().environment.update({ where: { id: environmentId }, data: { quietWindowSeconds: 1 } });
  await putPolicy(environmentId);
  const { host, port, dataCentre, user, password } = connection;
  const { id: storeId } = await createStore(
    systemContext,
    cassandraStoreFields(environmentId, {
      contactPoints: [{ host, port: String(port) }],
      localDataCentre: dataCentre,
      keyspace: connection.keyspace,
      user,
      password,
    }),
  );
  const nodes = timelock.urls.map((url) => ({ url, alias: "" }));
  const { id: clusterId } = await createCluster(systemContext, clusterFields(environmentId, { nodes }));
  const { id: serviceId } = await createService(
    systemContext,
    serviceFields(environmentId, storeId, {
      atlasdbVersion: "0.1175.0",
      nodes: [{ id: null, name: "orders-1", address: "10.0.0.1", kind: "node" }],
    }),
  );
  return { environmentId, storeId, clusterId, serviceId };
}

const bound = async () => {
  const { columns, rows } = await viewKeyspace(connection);
  return Object.fromEntries(columns.map((name, index) => [name, rows[0]?.[index]]));
};

/** Walks a runbook from its preview to the end of its watch, over the real systems; clients start as `after`. */
async function walk(runbookId: RunbookId, after: SandboxConfiguration): Promise<string> {
  const runbook = runbookOf(runbookId);
  // The helpers that are used here touch no fake.
  const scenario = {
    parts,
    operator,
    runbook,
    worker: workerContext,
    engine: { systems: inventorySystems },
  } as unknown as Scenario;
  const { serviceId, clusterId } = parts;
  const input = { serviceId, clusterId, runbook: runbookId, namespace: connection.keyspace };
  const { id } = await createMigration(operator, input);
  for (const { id: stepId, optional } of pressedSteps(runbook)) {
    if (stepId === "watch") break;
    if ((await getMigration(operator, id)).currentStep !== stepId) continue;
    if (optional) {
      const seenVersion = await versionOf(id);
      await skipStep(operator, { migrationId: id, stepId, seenVersion, reason: "tried elsewhere" });
      continue;
    }
    if (stepId === "stop") await service.stop();
    if (stepId === "start") {
      await runFor(service, after, 3);
      expect(service.condition()).toMatchObject({ state: "running", detail: null });
      await recordWorked(scenario, id, stepId);
    } else {
      await prepare(scenario, id, stepId);
    }
    if ((await getMigration(operator, id)).currentStep !== stepId) continue;
    expect([stepId, await press(scenario, id, stepId)]).toMatchObject([stepId, { state: "done" }]);
  }
  const view = migrationView.parse(await getMigration(operator, id));
  expect(view.state).toBe("watching");
  expect(view.proof.links.map(({ verdict }) => verdict)).not.toContain("broken");
  await database()
    .$executeRaw`UPDATE migration SET watch_until = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
  expect(await press(scenario, id, "watch")).toMatchObject({ state: "done" });
  return id;
}

describe("a service on a real Cassandra, with a real client's habits", () => {
  test("moves to TimeLock and back, and no timestamp ever goes backwards", { timeout: 180_000 }, async () => {
    await runFor(service, "embedded", 5);
    const embedded = issued.totals().highest ?? 0n;
    const before = (await bound())["ts"];

    await walk("to-timelock", "timelock");
    expect(await bound()).toEqual({ ts: "0x00", oldTs: before });
    const onTimelock = issued.totals().highest ?? 0n;
    expect(onTimelock).toBeGreaterThan(embedded);

    await walk("from-timelock", "embedded");
    await service.stop();
    const { ts, oldTs } = await bound();
    expect(oldTs).toBe("0x");
    expect(BigInt(ts ?? "0")).toBeGreaterThan(onTimelock + 2_000_000n);
    expect(issued.totals().highest).toBeGreaterThan(onTimelock + 1_000_000n);
    expect(issued.totals()).toMatchObject({ faultCount: 0 });
  });
});
