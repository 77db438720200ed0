import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";

import { putPolicy, signedIn } from "#lib/approvals/testing.ts";
import { cassandraPhysicalName } from "#lib/atlasdb/cassandra-layout.ts";
import { toHex } from "#lib/atlasdb/encoding.ts";
import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { settleMigration } from "#lib/engine/recover.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import {
  cassandraStoreFields,
  environmentFields,
  serviceFields,
  storeFields,
} from "#lib/inventory/testing.ts";
import { createTestKeyspace, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import { createMigration } from "#lib/migrations/create-migration.ts";
import { getCopy } from "#lib/migrations/get-copy.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { migrationView } from "#lib/migrations/schema.ts";
import {
  declareAll,
  prepare,
  press,
  pressedSteps,
  recordWorked,
  type Scenario,
  stepNow,
  workerContext,
} from "#lib/migrations/testing.ts";
import { copyView } from "#lib/mover/copy-view.ts";
import { readModelTable } from "#lib/mover/testing-store.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";
import { openCassandraStore } from "#lib/sandbox/cassandra/service-store.ts";
import type { CassandraConnection } from "#lib/sandbox/cassandra/session.ts";
import { readRawRows } from "#lib/sandbox/cassandra/testing-store-rows.ts";
import { viewKeyspace } from "#lib/sandbox/cassandra/view.ts";
import { issuedLog, NOTHING_ISSUED } from "#lib/sandbox/issued-log.ts";
import { postgresServiceStore } from "#lib/sandbox/postgres-service-store.ts";
import { seedStore } from "#lib/sandbox/seed-store.ts";
import type { ServiceStore } from "#lib/sandbox/service-store.ts";
import { type SimulatedService, simulatedService } from "#lib/sandbox/simulated-service.ts";
import { openPool } from "#lib/sandbox/store-connection.ts";
import { connectionOf, memoryTimelock, runFor } from "#lib/sandbox/testing.ts";
import { modelOfRows } from "#lib/stores/cassandra/testing-rows.ts";
import { withSession } from "#lib/stores/postgres/testing.ts";

/*
 * A service that keeps its own bound is moved by the console's verbs from Cassandra 2.2 to 5.0, and from there to Postgres: real servers, a
 * real client's habits, and a real worker process for the copies and comparisons. What arrives is judged by a reader that shares nothing
 * with the mover.
 */

vi.setConfig({ testTimeout: 300_000 });

const TABLES = ["shop.orders", "shop.customers"];
const OWN = ["_transactions", "_transactions2", "_coordination", "_metadata"];
const WAIT = { timeout: 90_000, interval: 200 };

/** A store that the service may be in: how it is opened there, and what it holds by a plain reader, at S alone. */
type Place = {
  readonly storeId: string;
  readonly open: () => Promise<ServiceStore>;
  readonly cells: (tables: readonly string[], start: bigint) => Promise<string[]>;
};

let db: Awaited<ReturnType<typeof useTestDatabase>>;
let old: TestKeyspace;
let current: TestKeyspace;
let postgres: TestDatabase;
let worker: ChildProcess;
let environmentId: string;
const issued = issuedLog(NOTHING_ISSUED, () => new Date());
const services: SimulatedService[] = [];

beforeAll(async () => {
  db = await useTestDatabase();
  [old, current, postgres] = await Promise.all([
    createTestKeyspace("2.2.18", "network"),
    createTestKeyspace("5.0.6", "network"),
    createEmptyDatabase(),
  ]);
  const store = await openCassandraStore(connectionTo(old));
  await seedStore(store, TABLES);
  await store.close();
  ({ id: environmentId } = await createEnvironment(systemContext, environmentFields()));
  await database().environment.update({ where: { id: environmentId }, data: { quietWindowSeconds: 1 } });
  await putPolicy(environmentId);
  worker = startWorker();
});
afterAll(async () => {
  for (const service of services) await service.stop();
  worker.kill("SIGTERM");
  if (worker.exitCode === null) await once(worker, "exit");
  await Promise.all([old.drop(), current.drop(), postgres.drop()]);
  await db.close();
});

/** As on another machine: nothing but the database and the key in its environment. */
function startWorker(): ChildProcess {
  const env: NodeJS.ProcessEnv = {
    NODE_ENV: "production",
    PATH: process.env["PATH"],
    DATABASE_URL: db.appUrl,
    LOCKSTEP_SECRET_KEY: process.env["LOCKSTEP_SECRET_KEY"],
  };
  const script = path.join(import.meta.dirname, "../../processes/worker-alone.ts");
  return spawn(process.execPath, [script], { env, stdio: "ignore" });
}

function connectionTo({ server, name }: TestKeyspace): CassandraConnection {
  const { host, port, dataCentre, username: user, password, tls } = server;
  const pems = tls === null ? {} : { tls: { ca: tls.ca, ...tls.client } };
  return {
    kind: "cassandra",
    host,
    port,
    thriftPort: 9160,
    dataCentre,
    keyspace: name,
    user,
    password,
    ...pems,
  };
}

async function cassandraPlace(keyspace: TestKeyspace): Promise<Place> {
  const { host, port, dataCentre, username: user, password, tls } = keyspace.server;
  const secured = {
    tlsMode: "verify-full",
    caCertificates: tls?.ca,
    clientCertificate: tls?.client.cert,
    clientKey: tls?.client.key,
  };
  const fields = cassandraStoreFields(environmentId, {
    contactPoints: [{ host, port: String(port) }],
    localDataCentre: dataCentre,
    keyspace: keyspace.name,
    user,
    password,
    ...(tls === null ? {} : secured),
  });
  return {
    storeId: (await createStore(systemContext, fields)).id,
    open: async () => openCassandraStore(connectionTo(keyspace)),
    cells: async (tables, start) => {
      const rows = await readRawRows(keyspace.client, keyspace.name, tables.map(cassandraPhysicalName));
      const stray = rows.filter(({ column2, writeTime }) => ~column2 !== start || writeTime !== start);
      expect(stray).toEqual([]);
      return rows.map(({ table, key, column1, value }) => lineOf(table, key, column1, value)).toSorted();
    },
  };
}

async function postgresPlace(): Promise<Place> {
  const { host, port, database: held, user, password } = connectionOf(postgres);
  const connection = { name: "orders-db", host, port: String(port), database: held, user, password };
  return {
    storeId: (await createStore(systemContext, storeFields(environmentId, connection))).id,
    open: async () => postgresServiceStore(openPool(connectionOf(postgres), "orders-1")),
    cells: async (tables, start) =>
      withSession(postgres.superuserUrl, async (client) => {
        const lines: string[] = [];
        for (const table of tables.map(cassandraPhysicalName)) {
          const { rows } = await client.query<Record<"r" | "c" | "v", Buffer> & { at: string }>(
            `SELECT row_name AS r, col_name AS c, val AS v, ts::text AS at FROM "${table}"`,
          );
          expect(rows.filter(({ at }) => at !== `${start}`)).toEqual([]);
          lines.push(...rows.map(({ r, c, v }) => lineOf(table, r, c, v)));
        }
        return lines.toSorted();
      }),
  };
}

const lineOf = (table: string, ...parts: readonly Uint8Array[]) => [table, ...parts.map(toHex)].join(" ");

/** What a transaction that starts at S sees in a store on Cassandra, by its raw rows. */
async function visibleAt(
  keyspace: TestKeyspace,
  tables: readonly string[],
  start: bigint,
): Promise<string[]> {
  const rows = await readRawRows(keyspace.client, keyspace.name, [
    ...OWN,
    ...tables.map(cassandraPhysicalName),
  ]);
  const model = modelOfRows(rows, [...OWN, ...tables.map(cassandraPhysicalName)]);
  return tables
    .flatMap((name) => {
      const table = model.tables.find((one) => one.name === name);
      if (table === undefined) throw new Error(`the source has no ${name}`);
      const { cells } = readModelTable(model, table, start);
      return cells.map(({ row, column, value }) => lineOf(cassandraPhysicalName(name), row, column, value));
    })
    .toSorted();
}

/** Everything that the mover must leave alone in a source. */
async function rawLines(keyspace: TestKeyspace): Promise<string[]> {
  const rows = await readRawRows(keyspace.client, keyspace.name, [
    ...OWN,
    ...TABLES.map(cassandraPhysicalName),
  ]);
  return rows
    .map(({ table, key, column1, column2, value, writeTime }) =>
      [lineOf(table, key, column1, value), column2, writeTime].join(" "),
    )
    .toSorted();
}

function serviceOn({ open }: Place): SimulatedService {
  const service = simulatedService({
    node: "orders-1",
    openStore: open,
    tables: TABLES,
    namespace: "orders",
    namespaceIsKeyspace: false,
    timelock: memoryTimelock(),
    issued,
    pace: { transactionIntervalMs: 5, punchIntervalMs: 50, startRetryMs: 50, startRetries: 2 },
    random: Math.random,
    now: () => new Date(),
  });
  services.push(service);
  return service;
}

async function runs(service: SimulatedService): Promise<void> {
  await runFor(service, "embedded", 20);
  expect(service.condition()).toMatchObject({ state: "running", detail: null });
}

/** One whole move from a store on Cassandra, whose service runs before it and on the destination after it. */
async function move(
  scenario: Scenario,
  from: { readonly keyspace: TestKeyspace; readonly service: SimulatedService },
  to: Place,
): Promise<{ readonly id: string; readonly service: SimulatedService }> {
  const after = serviceOn(to);
  const { operator, parts } = scenario;
  const input = {
    serviceId: parts.serviceId,
    runbook: "move-store",
    destinationStoreId: to.storeId,
    destinationTimestamps: "embedded",
  } as const;
  const { id } = await createMigration(operator, input);
  let untouched: readonly string[] = [];
  for (const { id: stepId } of pressedSteps(scenario.runbook)) {
    if (stepId === "watch") break;
    if ((await stepNow(id)) !== stepId) continue;
    if (stepId === "assess") await declareAll(scenario, id, stepId);
    if (stepId === "stop") {
      await from.service.stop();
      untouched = await rawLines(from.keyspace);
    }
    if (stepId === "configure") await expectArrived(id, from.keyspace, to, untouched);
    if (stepId === "start") {
      await runs(after);
      await recordWorked(scenario, id, stepId);
    } else {
      await prepare(scenario, id, stepId);
    }
    if ((await stepNow(id)) !== stepId) continue;
    const { state, because } = await press(scenario, id, stepId);
    const isJob = stepId === "copy" || stepId === "validate";
    expect([stepId, state, because]).toMatchObject([stepId, isJob ? "running" : "done", expect.anything()]);
    if (isJob) await workedOff(scenario, id, stepId);
  }
  const view = migrationView.parse(await getMigration(operator, id));
  expect(view.state).toBe("watching");
  expect(view.proof.links.map(({ verdict }) => verdict)).toEqual(view.proof.links.map(() => "holds"));
  return { id, service: after };
}

/** The worker process copies or compares; what it recorded settles the step. */
async function workedOff(scenario: Scenario, id: string, stepId: string): Promise<void> {
  const now = await vi.waitFor(async () => {
    await settleMigration(scenario.engine, workerContext, id);
    const step = await stepNow(id);
    expect(step).not.toBe(stepId);
    return step;
  }, WAIT);
  expect(now).toBe(stepId === "copy" ? "validate" : "hand-over");
}

/** Every cell, and no other, at S; the source as it was when its clients were stopped. */
async function expectArrived(
  id: string,
  source: TestKeyspace,
  to: Place,
  untouched: readonly string[],
): Promise<void> {
  const { targets, steps } = await loadMigration(database(), id);
  const { X = 0n, S = 0n, C = 0n } = valuesOf(steps);
  expect([(issued.totals().highest ?? 0n) <= X, X < S, S < C]).toEqual([true, true, true]);
  const tables = (targets.move?.tables ?? []).filter(({ fate }) => fate === "copied").map(({ name }) => name);
  expect(tables).toEqual(expect.arrayContaining(TABLES));
  const expected = await visibleAt(source, tables, S);
  expect(expected.length).toBeGreaterThan(40);
  expect(await to.cells(tables, S)).toEqual(expected);
  expect(await rawLines(source)).toEqual(untouched);
  for (const kind of ["copy", "compare"] as const) {
    const run = copyView.parse(await getCopy(systemContext, { migrationId: id, kind }));
    expect(run).toMatchObject({ state: "complete", counts: { cells: expected.length } });
  }
}

/** What the audit says of each change to a system: the step, and how it ended. */
async function changesOf(id: string): Promise<readonly string[]> {
  const rows = await database().auditEntry.findMany({
    where: { migrationId: id, action: "record-outcome" },
    orderBy: { sequence: "asc" },
  });
  const said = z.object({ step: z.string(), outcome: z.string() });
  return rows.map(({ outcome }) => said.parse(outcome)).map(({ step, outcome }) => `${step} ${outcome}`);
}

test("a service goes from Cassandra 2.2.18 to 5.0.6, and on to Postgres, and every cell arrives once", async () => {
  const [first, second, third] = [
    await cassandraPlace(old),
    await cassandraPlace(current),
    await postgresPlace(),
  ];
  const before = serviceOn(first);
  await runs(before);
  const node = { id: null, name: "orders-1", address: "10.0.0.1", kind: "node" };
  const described = serviceFields(environmentId, first.storeId, {
    atlasdbVersion: "0.1175.0",
    nodes: [node],
  });
  const { id: serviceId } = await createService(systemContext, described);
  const operator = await signedIn(await makePerson("Olga", [{ role: "operator", environmentId }]));
  // The helpers that are used here touch no fake.
  const scenario = {
    parts: { environmentId, storeId: first.storeId, serviceId },
    operator,
    runbook: runbookOf("move-store"),
    worker: workerContext,
    engine: { systems: inventorySystems },
  } as unknown as Scenario;

  const there = await move(scenario, { keyspace: old, service: before }, second);
  // Nobody starts there by mistake.
  expect((await viewKeyspace(connectionTo(old))).rows[0]).toContain("0x00");
  const begun = ["set-up done", "raise done", "commit done", "copy running", "copy done"];
  const ended = ["validate running", "validate done", "invalidate-source done"];
  expect(await changesOf(there.id)).toEqual([...begun, ...ended]);

  await move(scenario, { keyspace: current, service: there.service }, third);

  expect(issued.totals()).toMatchObject({ faultCount: 0 });
  const service = await database().service.findUniqueOrThrow({ where: { id: serviceId } });
  expect(service).toMatchObject({ storeId: third.storeId, timestampSource: "embedded" });
});
