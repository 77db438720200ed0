import { afterAll, beforeAll, expect, test } from "vitest";

import { putPolicy, signedIn } from "#lib/approvals/testing.ts";
import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { clusterFields, environmentFields, serviceFields, storeFields } from "#lib/inventory/testing.ts";
import { createMigration } from "#lib/migrations/create-migration.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { migrationView } from "#lib/migrations/schema.ts";
import {
  declareAll,
  finished,
  prepare,
  press,
  pressedSteps,
  recordWorked,
  type Scenario,
  workerContext,
} from "#lib/migrations/testing.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";
import { issuedLog, NOTHING_ISSUED } from "#lib/sandbox/issued-log.ts";
import { postgresServiceStore } from "#lib/sandbox/postgres-service-store.ts";
import { seedStore } from "#lib/sandbox/seed-store.ts";
import { type SimulatedService, simulatedService } from "#lib/sandbox/simulated-service.ts";
import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { openPool } from "#lib/sandbox/store-connection.ts";
import { connectionOf, runFor } from "#lib/sandbox/testing.ts";
import { serviceTimelock } from "#lib/sandbox/timelock-client.ts";

/*
 * A service with a real client's habits gets another namespace and another Postgres store in one migration, over real adapters.
 */

const OLD = "orders";
const NEW = "orders-new";

let consoleDatabase: Awaited<ReturnType<typeof useTestDatabase>>;
let source: TestDatabase;
let destination: TestDatabase;
let timelock: SimulatedTimelock;
const issued = issuedLog(NOTHING_ISSUED, () => new Date());
const services: SimulatedService[] = [];

beforeAll(async () => {
  consoleDatabase = await useTestDatabase();
  source = await createEmptyDatabase();
  destination = await createEmptyDatabase();
  timelock = await startSimulatedTimelock();
  const store = postgresServiceStore(openPool(connectionOf(source), "seed"));
  await seedStore(store, ["shop.orders"]);
  await store.close();
});
afterAll(async () => {
  for (const service of services) await service.stop();
  await timelock.close();
  await source.drop();
  await destination.drop();
  await consoleDatabase.close();
});

function client(on: TestDatabase, namespace: string): SimulatedService {
  const service = simulatedService({
    node: "orders-1",
    openStore: async (node) => postgresServiceStore(openPool(connectionOf(on), node)),
    tables: ["shop.orders"],
    namespace,
    namespaceIsKeyspace: false,
    timelock: serviceTimelock(() => timelock.urls),
    issued,
    pace: { transactionIntervalMs: 5, punchIntervalMs: 50, startRetryMs: 50, startRetries: 2 },
    random: Math.random,
    now: () => new Date(),
  });
  services.push(service);
  return service;
}

async function describeInventory() {
  const { id: environmentId } = await createEnvironment(systemContext, environmentFields());
  await database().environment.update({ where: { id: environmentId }, data: { quietWindowSeconds: 1 } });
  await putPolicy(environmentId);
  const storeOf = async (one: TestDatabase, name: string) => {
    const { host, port, database: held, user, password } = connectionOf(one);
    const connection = { name, host, port: String(port), database: held, user, password };
    return (await createStore(systemContext, storeFields(environmentId, connection))).id;
  };
  const storeId = await storeOf(source, "orders-db");
  const destinationStoreId = await storeOf(destination, "orders-new-db");
  const nodes = timelock.urls.map((url) => ({ url, alias: "" }));
  const { id: clusterId } = await createCluster(systemContext, clusterFields(environmentId, { nodes }));
  const { id: serviceId } = await createService(
    systemContext,
    serviceFields(environmentId, storeId, {
      atlasdbVersion: "0.1175.0",
      timestampSource: "timelock",
      clusterId,
      namespace: OLD,
      nodes: [{ id: null, name: "orders-1", address: "10.0.0.1", kind: "node" }],
    }),
  );
  return { environmentId, storeId, clusterId, serviceId, destinationStoreId };
}

test(
  "a service gets another namespace and another store, and no timestamp ever goes backwards",
  { timeout: 180_000 },
  async () => {
    const before = client(source, OLD);
    await runFor(before, "timelock", 20);
    expect(before.condition()).toMatchObject({ state: "running", detail: null });
    const parts = await describeInventory();
    const operator = await signedIn(
      await makePerson("Olga", [{ role: "operator", environmentId: parts.environmentId }]),
    );
    const runbook = runbookOf("rename-and-move");
    // The helpers that are used here touch no fake.
    const scenario = {
      parts,
      operator,
      runbook,
      worker: workerContext,
      engine: { systems: inventorySystems },
    } as unknown as Scenario;
    const { serviceId, clusterId, destinationStoreId } = parts;
    const { id } = await createMigration(operator, {
      serviceId,
      clusterId,
      destinationStoreId,
      runbook: runbook.id,
      namespace: NEW,
    });
    let highest = 0n;
    for (const { id: stepId } of pressedSteps(runbook)) {
      if (stepId === "watch") break;
      if ((await getMigration(operator, id)).currentStep !== stepId) continue;
      if (stepId === "assess") await declareAll(scenario, id, stepId);
      if (stepId === "stop") {
        await before.stop();
        highest = issued.totals().highest ?? 0n;
      }
      if (stepId === "start") {
        const after = client(destination, NEW);
        await runFor(after, "timelock", 20);
        expect(after.condition()).toMatchObject({ state: "running", detail: null });
        await recordWorked(scenario, id, stepId);
      } else {
        await prepare(scenario, id, stepId);
      }
      if ((await getMigration(operator, id)).currentStep !== stepId) continue;
      const outcome = await finished(scenario, id, await press(scenario, id, stepId));
      expect([stepId, outcome]).toMatchObject([stepId, { state: "done" }]);
    }
    const view = migrationView.parse(await getMigration(operator, id));
    expect(view.state).toBe("watching");
    expect(view.proof.links.map(({ verdict }) => verdict)).toEqual(view.proof.links.map(() => "holds"));
    const { X = 0n, TS = 0n, S = 0n, C = 0n } = valuesOf((await loadMigration(database(), id)).steps);
    expect([highest <= X, X <= TS, TS < S, S < C]).toEqual([true, true, true, true]);
    expect(issued.totals()).toMatchObject({ faultCount: 0 });
    expect(issued.totals().highest).toBeGreaterThan(C);
    const service = await database().service.findUniqueOrThrow({ where: { id: serviceId } });
    expect(service).toMatchObject({
      storeId: destinationStoreId,
      namespace: NEW,
      timestampSource: "timelock",
    });
  },
);
