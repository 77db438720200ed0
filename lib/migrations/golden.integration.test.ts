import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { putPolicy, signedIn } from "#lib/approvals/testing.ts";
import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { clusterFields, environmentFields, serviceFields, storeFields } from "#lib/inventory/testing.ts";
import { attest } from "#lib/migrations/attest.ts";
import { createMigration } from "#lib/migrations/create-migration.ts";
import { migrationDuties } from "#lib/migrations/duties/migration-duties.ts";
import { getMigrationLive } from "#lib/migrations/get-migration-live.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { getPaperRunbook } from "#lib/migrations/paper-runbook.ts";
import { previewMigration } from "#lib/migrations/preview-migration.ts";
import { recordSmokeTest } from "#lib/migrations/record-smoke-test.ts";
import { runStep } from "#lib/migrations/run-step.ts";
import { migrationView } from "#lib/migrations/schema.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import { submitConfiguration } from "#lib/migrations/submit-configuration.ts";
import { settleDown, versionOf } from "#lib/migrations/testing.ts";
import type { Context } from "#lib/people/actor.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { configurationFiles } from "#lib/sandbox/configuration-files.ts";
import { SANDBOX_SERVICES } from "#lib/sandbox/definitions.ts";
import { startSimulatedTimelock, type SimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { postgresServiceStore } from "#lib/sandbox/postgres-service-store.ts";
import { openPool } from "#lib/sandbox/store-connection.ts";
import { connectionOf } from "#lib/sandbox/testing.ts";
import { serviceTimelock } from "#lib/sandbox/timelock-client.ts";
import { punch } from "#lib/sandbox/transactions.ts";
import { digestsOf, restoreGolden, withSession } from "#lib/stores/postgres/testing.ts";

const NAMESPACE = "golden";

let consoleDatabase: Awaited<ReturnType<typeof useTestDatabase>>;
let source: TestDatabase;
let real: TestDatabase;
let timelock: SimulatedTimelock;
let operator: Context;
let parts: { environmentId: string; storeId: string; clusterId: string; serviceId: string };

beforeAll(async () => {
  consoleDatabase = await useTestDatabase();
  source = await createEmptyDatabase();
  real = await createEmptyDatabase();
  await restoreGolden(source.superuserUrl, "source");
  await restoreGolden(real.superuserUrl, "invalidated-by-real-migration");
  timelock = await startSimulatedTimelock();
  parts = await describeInventory();
  operator = await signedIn(
    await makePerson("Olga", [{ role: "operator", environmentId: parts.environmentId }]),
  );
});
afterAll(async () => {
  await timelock.close();
  await source.drop();
  await real.drop();
  await consoleDatabase.close();
});

async function describeInventory() {
  const { host, port, database: name, user, password } = connectionOf(source);
  const { id: environmentId } = await createEnvironment(
    systemContext,
    environmentFields({ quietWindowSeconds: "120" }),
  );
  await database().environment.update({ where: { id: environmentId }, data: { quietWindowSeconds: 1 } });
  const connection = { host, port: String(port), database: name, user, password };
  await putPolicy(environmentId);
  const { id: storeId } = await createStore(systemContext, storeFields(environmentId, connection));
  const nodes = timelock.urls.map((url) => ({ url, alias: "" }));
  const { id: clusterId } = await createCluster(systemContext, clusterFields(environmentId, { nodes }));
  const { id: serviceId } = await createService(
    systemContext,
    serviceFields(environmentId, storeId, {
      atlasdbVersion: "0.1175.0",
      nodes: [{ id: null, name: "golden-1", address: "10.0.0.1", kind: "node" }],
    }),
  );
  return { environmentId, storeId, clusterId, serviceId };
}

/** Columns and rows of `_timestamp`, and everything else that the store holds as one digest. */
async function shapeOf(database: TestDatabase) {
  return withSession(database.superuserUrl, async (client) => {
    const columns = await client.query(
      `SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull FROM pg_attribute a
       WHERE a.attrelid = 'public._timestamp'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    );
    const rows = await client.query("SELECT * FROM public._timestamp");
    return { columns: columns.rows, rows: rows.rows };
  });
}

async function step(id: string, stepId: string): Promise<void> {
  const view = await getMigration(operator, id);
  const phrase = view.steps.find((one) => one.id === stepId)?.typedPhrase ?? undefined;
  const input = { migrationId: id, stepId, seenVersion: view.version };
  const outcome = await runStep(operator, {
    ...input,
    ...(phrase === undefined ? {} : { typedPhrase: phrase }),
  });
  expect(outcome).toMatchObject({ state: "done" });
}

async function seen(id: string, stepId: string) {
  return { migrationId: id, stepId, seenVersion: await versionOf(id) };
}

describe("to-timelock on a store written by the real AtlasDB, over HTTP", () => {
  test("ends in what the real migration left", { timeout: 120_000 }, async () => {
    const untouched = await digestsOf(source.superuserUrl, "_timestamp");
    const input = {
      serviceId: parts.serviceId,
      clusterId: parts.clusterId,
      runbook: "to-timelock",
      namespace: NAMESPACE,
    };
    const preview = await previewMigration(operator, input);
    expect(preview).toMatchObject({ canCreate: true });
    expect(preview.advice.join(" ")).toContain("0.253.2");
    const { id } = await createMigration(operator, input);
    await step(id, "assess");

    const live = await getMigrationLive(operator, id);
    expect(live.stepId).toBe("stop");
    for (const { subject } of live.attestations) {
      await attest(operator, { ...(await seen(id, "stop")), subject, note: "seen", withdraw: false });
    }
    const watch = migrationDuties("test").find((duty) => duty.name === "watch stopped clients");
    await watch?.run(new AbortController().signal);
    await settleDown(id);
    await step(id, "stop");
    await step(id, "claim");
    await step(id, "take-ts");
    await step(id, "fast-forward");
    await step(id, "invalidate");
    expect(await shapeOf(source)).toEqual(await shapeOf(real));
    expect(await digestsOf(source.superuserUrl, "_timestamp")).toEqual(untouched);

    const paper = await getPaperRunbook(operator, id);
    expect(paper.html).toContain("fast-forward?currentTimestamp=1010001");
    expect(paper.html).not.toContain(connectionOf(source).password);

    await skipStep(operator, { ...(await seen(id, "one-client-fails")), reason: "no client at hand" });
    await configure(id);
    const clients = serviceTimelock(() => timelock.urls);
    const issued = await clients.fresh(NAMESPACE);
    expect(issued).toBeGreaterThan(1_010_001n);
    const pool = openPool(connectionOf(source), "golden client");
    await punch(postgresServiceStore(pool), await clients.fresh(NAMESPACE), BigInt(Date.now()));
    await pool.end();
    await recordSmokeTest(operator, { ...(await seen(id, "start")), tried: "wrote and read", passed: true });
    await step(id, "start");

    const view = migrationView.parse(await getMigration(operator, id));
    expect(view.state).toBe("watching");
    expect(view.proof.links.every((link) => link.verdict === "holds")).toBe(true);
    expect(view.proof.terms.every((term) => term.provenance === "observed")).toBe(true);
  });

  async function configure(id: string): Promise<void> {
    const [node] = await database().serviceNode.findMany({ where: { serviceId: parts.serviceId } });
    const definition = SANDBOX_SERVICES.find((one) => one.id === "golden");
    if (!node || !definition) throw new Error("the golden service is not described");
    const connection = connectionOf(source);
    const before = configurationFiles(definition, "embedded", connection, timelock.urls);
    const after = configurationFiles(definition, "timelock", connection, timelock.urls);
    const wrong = await submitConfiguration(operator, {
      ...(await seen(id, "configure")),
      nodeId: node.id,
      ...before,
    });
    expect(wrong.some((one) => one.level === "blocking")).toBe(true);
    const right = await submitConfiguration(operator, {
      ...(await seen(id, "configure")),
      nodeId: node.id,
      ...after,
    });
    expect(right.filter((one) => one.level === "blocking")).toEqual([]);
    await step(id, "configure");
  }
});
