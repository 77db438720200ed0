import { afterAll, beforeAll, expect, test } from "vitest";

import { putPolicy, signedIn } from "#lib/approvals/testing.ts";
import { cassandraPhysicalName } from "#lib/atlasdb/cassandra-layout.ts";
import { toHex } from "#lib/atlasdb/encoding.ts";
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
  stepNow,
  workerContext,
} from "#lib/migrations/testing.ts";
import { readModelTable } from "#lib/mover/testing-store.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";
import { openCassandraStore } from "#lib/sandbox/cassandra/service-store.ts";
import type { CassandraConnection } from "#lib/sandbox/cassandra/session.ts";
import { readRawRows } from "#lib/sandbox/cassandra/testing-store-rows.ts";
import { issuedLog, NOTHING_ISSUED } from "#lib/sandbox/issued-log.ts";
import { seedStore } from "#lib/sandbox/seed-store.ts";
import { type SimulatedService, simulatedService } from "#lib/sandbox/simulated-service.ts";
import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { runFor } from "#lib/sandbox/testing.ts";
import { serviceTimelock } from "#lib/sandbox/timelock-client.ts";
import { modelOfRows } from "#lib/stores/cassandra/testing-rows.ts";

/*
 * On Cassandra the keyspace bears the namespace's name, so a rename moves every cell: a service with a real client's habits goes from one
 * keyspace of a real server to another, and from one namespace of TimeLock to another, by the console's verbs.
 */

const TABLE = "shop.orders";
const OWN = ["_transactions", "_transactions2", "_coordination", "_metadata"];

let consoleDatabase: Awaited<ReturnType<typeof useTestDatabase>>;
let old: TestKeyspace;
let renamed: TestKeyspace;
let timelock: SimulatedTimelock;
const issued = issuedLog(NOTHING_ISSUED, () => new Date());
const services: SimulatedService[] = [];

beforeAll(async () => {
  consoleDatabase = await useTestDatabase();
  old = await createTestKeyspace("2.2.18", "network");
  renamed = await createTestKeyspace("2.2.18", "network");
  timelock = await startSimulatedTimelock();
  const store = await openCassandraStore(connectionTo(old));
  await seedStore(store, [TABLE]);
  await store.close();
});
afterAll(async () => {
  for (const service of services) await service.stop();
  await timelock.close();
  await old.drop();
  await renamed.drop();
  await consoleDatabase.close();
});

function connectionTo({ server, name }: TestKeyspace): CassandraConnection {
  const { host, port, dataCentre, username: user, password } = server;
  return { kind: "cassandra", host, port, thriftPort: 9160, dataCentre, keyspace: name, user, password };
}

/** A client whose namespace on TimeLock is its keyspace. */
function clientOn(keyspace: TestKeyspace): SimulatedService {
  const service = simulatedService({
    node: "orders-1",
    openStore: async () => openCassandraStore(connectionTo(keyspace)),
    tables: [TABLE],
    namespace: keyspace.name,
    namespaceIsKeyspace: true,
    timelock: serviceTimelock(() => timelock.urls),
    issued,
    pace: { transactionIntervalMs: 5, punchIntervalMs: 50, startRetryMs: 50, startRetries: 2 },
    random: Math.random,
    now: () => new Date(),
  });
  services.push(service);
  return service;
}

async function runs(service: SimulatedService): Promise<void> {
  await runFor(service, "timelock", 10);
  expect(service.condition()).toMatchObject({ state: "running", detail: null });
}

async function describeInventory() {
  const { id: environmentId } = await createEnvironment(systemContext, environmentFields());
  await database().environment.update({ where: { id: environmentId }, data: { quietWindowSeconds: 1 } });
  await putPolicy(environmentId);
  const storeOf = async (of: TestKeyspace) => {
    const { host, port, dataCentre, keyspace, user, password } = connectionTo(of);
    const contactPoints = [{ host, port: String(port) }];
    const connection = { contactPoints, localDataCentre: dataCentre, keyspace, user, password };
    return (await createStore(systemContext, cassandraStoreFields(environmentId, connection))).id;
  };
  const storeId = await storeOf(old);
  const destinationStoreId = await storeOf(renamed);
  const nodes = timelock.urls.map((url) => ({ url, alias: "" }));
  const { id: clusterId } = await createCluster(systemContext, clusterFields(environmentId, { nodes }));
  const { id: serviceId } = await createService(
    systemContext,
    serviceFields(environmentId, storeId, {
      atlasdbVersion: "0.1175.0",
      timestampSource: "timelock",
      clusterId,
      namespace: old.name,
      nodes: [{ id: null, name: "orders-1", address: "10.0.0.1", kind: "node" }],
    }),
  );
  return { environmentId, storeId, clusterId, serviceId, destinationStoreId };
}

const lineOf = (...parts: readonly Uint8Array[]) => parts.map(toHex).join(" ");
const rawRows = async ({ client, name }: TestKeyspace, tables: readonly string[]) =>
  readRawRows(client, name, tables.map(cassandraPhysicalName));

/** What the old keyspace shows at S stands in the new one, at S alone, by a reader that shares nothing with the mover. */
async function expectArrived(start: bigint): Promise<void> {
  const names = [...OWN, TABLE];
  const model = modelOfRows(await rawRows(old, names), names.map(cassandraPhysicalName));
  const table = model.tables.find(({ name }) => name === TABLE);
  if (table === undefined) throw new Error("the source has no table");
  const { cells } = readModelTable(model, table, start);
  const arrived = await rawRows(renamed, [TABLE]);
  expect(arrived.filter(({ column2, writeTime }) => ~column2 !== start || writeTime !== start)).toEqual([]);
  expect(arrived.map(({ key, column1, value }) => lineOf(key, column1, value)).toSorted()).toEqual(
    cells.map(({ row, column, value }) => lineOf(row, column, value)).toSorted(),
  );
  expect(arrived.length).toBeGreaterThan(20);
}

test("a service on Cassandra gets another namespace, and with it another keyspace with all its cells", async () => {
  const before = clientOn(old);
  await runs(before);
  const parts = await describeInventory();
  const { environmentId, serviceId, clusterId, destinationStoreId } = parts;
  const operator = await signedIn(await makePerson("Olga", [{ role: "operator", environmentId }]));
  const runbook = runbookOf("rename-and-move");
  // The helpers that are used here touch no fake.
  const engine = { systems: inventorySystems };
  const scenario = { parts, operator, runbook, worker: workerContext, engine } as unknown as Scenario;
  const input = { serviceId, clusterId, destinationStoreId, runbook: runbook.id };
  const { id } = await createMigration(operator, { ...input, namespace: renamed.name });
  let highest = 0n;
  for (const { id: stepId } of pressedSteps(runbook)) {
    if (stepId === "watch") break;
    if ((await stepNow(id)) !== stepId) continue;
    if (stepId === "assess") await declareAll(scenario, id, stepId);
    if (stepId === "stop") {
      await before.stop();
      highest = issued.totals().highest ?? 0n;
    }
    if (stepId === "configure") {
      await expectArrived(valuesOf((await loadMigration(database(), id)).steps)["S"] ?? 0n);
    }
    if (stepId === "start") {
      await runs(clientOn(renamed));
      await recordWorked(scenario, id, stepId);
    } else {
      await prepare(scenario, id, stepId);
    }
    if ((await stepNow(id)) !== stepId) continue;
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
  expect(service).toMatchObject({ storeId: destinationStoreId, namespace: renamed.name });
});
