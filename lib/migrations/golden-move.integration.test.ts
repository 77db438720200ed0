import { afterAll, beforeAll, expect, test } from "vitest";

import { putPolicy, signedIn } from "#lib/approvals/testing.ts";
import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { recoverMigrations, settleMigration } from "#lib/engine/recover.ts";
import type { Engine, Stage } from "#lib/engine/run-context.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { environmentFields, serviceFields, storeFields } from "#lib/inventory/testing.ts";
import { attest } from "#lib/migrations/attest.ts";
import { createMigration } from "#lib/migrations/create-migration.ts";
import { workOn } from "#lib/migrations/duties/move-jobs.ts";
import { getMigrationLive } from "#lib/migrations/get-migration-live.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { previewMigration } from "#lib/migrations/preview-migration.ts";
import { recordSmokeTest } from "#lib/migrations/record-smoke-test.ts";
import { runStepOn } from "#lib/migrations/run-step.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import { submitConfiguration } from "#lib/migrations/submit-configuration.ts";
import { Killed } from "#lib/migrations/testing-crash.ts";
import { settleDown, versionOf, workerContext } from "#lib/migrations/testing.ts";
import type { Context } from "#lib/people/actor.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { digestsOf, restoreGolden, withSession } from "#lib/stores/postgres/testing.ts";
import { connectionOf } from "#lib/sandbox/testing.ts";

/*
 * A store that the real AtlasDB wrote is moved by the console's own verbs, from one embedded store into another. The process dies at every
 * step and another goes on, by what the database and the stores say.
 */

let consoleDatabase: Awaited<ReturnType<typeof useTestDatabase>>;
let source: TestDatabase;
let destination: TestDatabase;
let operator: Context;
let parts: { environmentId: string; serviceId: string; destinationStoreId: string };

beforeAll(async () => {
  consoleDatabase = await useTestDatabase();
  source = await createEmptyDatabase();
  destination = await createEmptyDatabase();
  await restoreGolden(source.superuserUrl, "source");
  parts = await describeInventory();
  operator = await signedIn(
    await makePerson("Olga", [{ role: "operator", environmentId: parts.environmentId }]),
  );
});
afterAll(async () => {
  await source.drop();
  await destination.drop();
  await consoleDatabase.close();
});

async function describeInventory() {
  const { id: environmentId } = await createEnvironment(
    systemContext,
    environmentFields({ quietWindowSeconds: "120" }),
  );
  await database().environment.update({ where: { id: environmentId }, data: { quietWindowSeconds: 1 } });
  await putPolicy(environmentId);
  const storeOf = async (one: TestDatabase, name: string) => {
    const { host, port, database: held, user, password } = connectionOf(one);
    const connection = { name, host, port: String(port), database: held, user, password };
    return (await createStore(systemContext, storeFields(environmentId, connection))).id;
  };
  const storeId = await storeOf(source, "golden-old");
  const destinationStoreId = await storeOf(destination, "golden-new");
  const { id: serviceId } = await createService(
    systemContext,
    serviceFields(environmentId, storeId, {
      nodes: [{ id: null, name: "golden-1", address: "10.0.0.1", kind: "node" }],
    }),
  );
  return { environmentId, serviceId, destinationStoreId };
}

/** A run that dies at a stage, and the worker that finds it: at most one attempt is open meanwhile. */
async function dies(id: string, stepId: string, at: Stage): Promise<void> {
  const dying: Engine = {
    systems: inventorySystems,
    reached: async (stage) => {
      if (stage === at) throw new Killed(at);
    },
  };
  await expect(press(id, stepId, dying)).rejects.toThrow(Killed);
  await recoverMigrations({ systems: inventorySystems }, workerContext);
}

async function press(id: string, stepId: string, engine: Engine = { systems: inventorySystems }) {
  const view = await getMigration(operator, id);
  const typedPhrase = view.steps.find((one) => one.id === stepId)?.typedPhrase ?? undefined;
  return runStepOn(engine, operator, {
    migrationId: id,
    stepId,
    seenVersion: view.version,
    ...(typedPhrase === undefined ? {} : { typedPhrase }),
  });
}

/** Presses unless the worker that recovered has been through already; a job is worked off by one worker and settled by another. */
async function done(id: string, stepId: string): Promise<void> {
  const { currentStep } = await getMigration(operator, id);
  if (currentStep !== stepId) return;
  const open = (await loadMigration(database(), id)).situation.openAttempt;
  const outcome = open === null ? await press(id, stepId) : { state: "running", because: "" };
  if (outcome.state === "running") {
    await workOn({ systems: inventorySystems }, id, "worker-2", AbortSignal.timeout(60_000));
    expect(await settleMigration({ systems: inventorySystems }, workerContext, id)).toMatchObject({
      state: "done",
    });
  } else expect(outcome).toMatchObject({ state: "done" });
}

async function seen(id: string, stepId: string) {
  return { migrationId: id, stepId, seenVersion: await versionOf(id) };
}

async function declareAll(id: string, stepId: string): Promise<void> {
  const live = await getMigrationLive(operator, id);
  for (const { subject } of live.attestations)
    await attest(operator, {
      ...(await seen(id, stepId)),
      subject,
      note: `seen on ${new Date().toISOString().slice(0, 10)}`,
      withdraw: false,
    });
}

/** One value of a copied table gets a byte more; gives what takes it back. */
async function changeOneCell(): Promise<() => Promise<void>> {
  const run = async (sql: string) =>
    withSession(destination.superuserUrl, async (client) => (await client.query<{ name: string }>(sql)).rows);
  const tables = await run(
    String.raw`SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname LIKE '%\_\_%' ORDER BY 1`,
  );
  for (const { name } of tables) {
    const first = `(SELECT row_name, col_name, ts FROM public."${name}" WHERE length(val) > 0 ORDER BY row_name, col_name, ts LIMIT 1)`;
    const changed = await run(
      `UPDATE public."${name}" SET val = val || '\\x01'::bytea WHERE (row_name, col_name, ts) = ${first} RETURNING 'x' AS name`,
    );
    if (changed.length === 0) continue;
    return async () => {
      const mended = await run(
        `UPDATE public."${name}" SET val = substring(val FROM 1 FOR length(val) - 1) WHERE (row_name, col_name, ts) = ${first} RETURNING 'x' AS name`,
      );
      expect(mended).toHaveLength(1);
    };
  }
  throw new Error("no copied cell to change");
}

test(
  "an embedded store of the real AtlasDB is moved whole, through deaths at every step",
  {
    timeout: 240_000,
  },
  async () => {
    const untouched = await digestsOf(source.superuserUrl);
    const { serviceId, destinationStoreId } = parts;
    const input = {
      serviceId,
      runbook: "move-store",
      destinationStoreId,
      destinationTimestamps: "embedded",
    } as const;
    const preview = await previewMigration(operator, input);
    expect(preview).toMatchObject({ canCreate: true, blockedBecause: null });
    const { id } = await createMigration(operator, input);
    const { targets } = await loadMigration(database(), id);
    expect(targets.move?.tables.filter(({ fate }) => fate === "copied").length).toBeGreaterThan(0);
    expect(targets.sequences).toEqual([]);

    await declareAll(id, "assess");
    await done(id, "assess");
    await declareAll(id, "backups");
    await done(id, "backups");
    await declareAll(id, "stop");
    await press(id, "stop").catch(() => undefined);
    await settleDown(id);
    await done(id, "stop");
    for (const stage of ["read", "intended", "performed"] as const) {
      await dies(id, "set-up", stage);
      if ((await getMigration(operator, id)).currentStep !== "set-up") break;
    }
    await done(id, "set-up");
    await dies(id, "raise", "performed");
    await done(id, "raise");
    const { X = 0n, S = 0n, C = 0n } = valuesOf((await loadMigration(database(), id)).steps);
    expect([X < S, S < C]).toEqual([true, true]);
    await dies(id, "copy", "performed");
    await done(id, "copy");

    const mend = await changeOneCell();
    expect(await press(id, "validate")).toMatchObject({ state: "running" });
    await workOn({ systems: inventorySystems }, id, "worker-1", AbortSignal.timeout(60_000));
    expect(await settleMigration({ systems: inventorySystems }, workerContext, id)).toMatchObject({
      state: "not-applied",
      because: expect.stringContaining("1 differences"),
    });
    await expect(press(id, "hand-over")).rejects.toMatchObject({ code: "conflict" });
    await mend();
    await dies(id, "validate", "read-back");
    await done(id, "validate");
    await done(id, "hand-over");
    expect(await digestsOf(source.superuserUrl)).toEqual(untouched);

    await configure(id);
    await skipStep(operator, { ...(await seen(id, "invalidate-source")), reason: "the host goes away" });
    await withSession(destination.superuserUrl, async (client) => {
      await client.query("UPDATE public._timestamp SET last_allocated = last_allocated + 1000001");
    });
    await recordSmokeTest(operator, { ...(await seen(id, "start")), tried: "wrote and read", passed: true });
    await declareAll(id, "start");
    await done(id, "start");
    const view = await getMigration(operator, id);
    expect(view.state).toBe("watching");
    expect(view.proof.links.map(({ verdict }) => verdict)).toEqual(["holds", "holds", "holds"]);
    const service = await database().service.findUniqueOrThrow({ where: { id: serviceId } });
    expect(service).toMatchObject({ storeId: destinationStoreId, timestampSource: "embedded" });
    expect(await digestsOf(source.superuserUrl)).toEqual(untouched);
  },
);

async function configure(id: string): Promise<void> {
  const [node] = await database().serviceNode.findMany({ where: { serviceId: parts.serviceId } });
  const fileFor = (one: TestDatabase) => {
    const { host, port, database: name } = connectionOf(one);
    return `atlasdb:
  keyValueService:
    type: relational
    ddl:
      type: postgres
      tablePrefix: ""
    connection:
      type: postgres
      host: ${host}
      port: ${port}
      dbName: ${name}
`;
  };
  const submit = async (one: TestDatabase) =>
    submitConfiguration(operator, {
      ...(await seen(id, "configure")),
      nodeId: node?.id ?? "",
      install: fileFor(one),
      runtime: "",
    });
  expect((await submit(source)).some(({ level }) => level === "blocking")).toBe(true);
  expect((await submit(destination)).filter(({ level }) => level === "blocking")).toEqual([]);
  await declareAll(id, "configure");
  await done(id, "configure");
}
