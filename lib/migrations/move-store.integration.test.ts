import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { signedIn } from "#lib/approvals/testing.ts";
import { database } from "#lib/db/client.ts";
import { runName } from "#lib/engine/move-reading.ts";
import { recoverMigrations } from "#lib/engine/recover.ts";
import { STAGES } from "#lib/engine/run-context.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { oracleStoreFields } from "#lib/inventory/testing.ts";
import { controlJob } from "#lib/migrations/control-job.ts";
import { forgetCopies } from "#lib/migrations/duties/forget-copies.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { watchStoppedClients } from "#lib/migrations/duties/watch-stopped-clients.ts";
import { liveOn } from "#lib/migrations/get-migration-live.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { previewOn } from "#lib/migrations/preview-migration.ts";
import { migrationLive, migrationPreview, migrationView } from "#lib/migrations/schema.ts";
import {
  chosen,
  finished,
  makeScenario,
  open,
  press,
  versionOf,
  walkTo,
  type Scenario,
  type ScenarioChange,
} from "#lib/migrations/testing.ts";
import { dyingAt, Killed, openAttempts } from "#lib/migrations/testing-crash.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const WALK_MS = 120_000;

async function made(change: ScenarioChange): Promise<Scenario> {
  const state = { state: "readable", bound: 1_010_001n } as const;
  return makeScenario(change.embedded === true ? state : undefined, { ...change, runbook: "move-store" });
}

async function began(change: ScenarioChange = {}): Promise<{ scenario: Scenario; id: string }> {
  // The worker's recovery works on every open migration, and must not do so with another scenario's fakes.
  await database().migration.updateMany({
    where: { state: { in: ["open", "watching"] } },
    data: { state: "abandoned", endedAt: new Date() },
  });
  const scenario = await made(change);
  return { scenario, id: await open(scenario) };
}

async function expectWatching(scenario: Scenario, id: string): Promise<void> {
  const view = migrationView.parse(await getMigration(scenario.operator, id));
  expect(view.state).toBe("watching");
  expect(view.proof.links.map(({ verdict }) => verdict)).toEqual(["holds", "holds", "holds"]);
  expect(await openAttempts(id)).toBe(0);
}

describe.each<[string, ScenarioChange]>([
  ["on TimeLock", {}],
  ["embedded", { embedded: true }],
])("move-store %s", { timeout: WALK_MS }, (_name, change) => {
  test("walks from preview to watch with a proof that holds, and the inventory follows", async () => {
    const scenario = await made(change);
    const preview = await previewOn(scenario.engine.systems, scenario.operator, chosen(scenario));
    expect(migrationPreview.parse(preview)).toMatchObject({ canCreate: true, blockedBecause: null });
    const again = await open(scenario);
    await walkTo(scenario, again, "end");
    await expectWatching(scenario, again);
    const { X, S, C } = valuesOf((await loadMigration(database(), again)).steps);
    expect(scenario.destination.move.commits.get(S ?? 0n)).toBe(C);
    expect([
      X !== undefined && S !== undefined && X < S,
      S !== undefined && C !== undefined && S < C,
    ]).toEqual([true, true]);
    const live = migrationLive.parse(await liveOn(scenario.engine.systems, scenario.operator, again));
    expect(live.findings.filter(({ level }) => level === "blocking")).toEqual([]);
    const service = await database().service.findUniqueOrThrow({ where: { id: scenario.parts.serviceId } });
    expect(service.storeId).toBe(scenario.destination.id);
  });
});

// On TimeLock every runbook is killed so: runbook-contract.integration.test.ts.
describe("move-store embedded", { timeout: WALK_MS }, () => {
  for (const stepId of ["set-up", "raise", "copy", "validate"]) {
    test.each(STAGES)(`dies in ${stepId} at %s, is settled and can be finished`, async (stage) => {
      const { scenario, id } = await began({ embedded: true });
      await walkTo(scenario, id, stepId);
      await expect(press(scenario, id, stepId, { engine: dyingAt(scenario, stage) })).rejects.toThrow(Killed);
      await recoverMigrations(scenario.engine, scenario.worker);
      await recoverMigrations(scenario.engine, scenario.worker);
      await finished(scenario, id, { state: "running", because: "" });
      await walkTo(scenario, id, "end");
      await expectWatching(scenario, id);
      expect(scenario.destination.move.jobs.filter(({ kind }) => kind === "copy")).toHaveLength(1);
    });
  }
});

describe("a copy that is under way", { timeout: WALK_MS }, () => {
  test("keeps its attempt open, survives looks at it, and is turned into an outcome once", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "copy");
    expect(await press(scenario, id, "copy")).toMatchObject({ state: "running" });
    const before = await database().auditEntry.count({ where: { migrationId: id } });
    for (let look = 0; look < 3; look += 1) await recoverMigrations(scenario.engine, scenario.worker);
    expect(await database().auditEntry.count({ where: { migrationId: id } })).toBe(before);
    const view = await getMigration(scenario.operator, id);
    expect(view.steps.find((step) => step.id === "copy")).toMatchObject({ state: "running" });
    await expect(press(scenario, id, "copy")).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("job"),
    });
    expect(await finished(scenario, id, { state: "running", because: "" })).toMatchObject({ state: "done" });
  });

  test("is paused, throttled and ended by an operator, and by nobody else", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "copy");
    const ask = async (
      ctx: typeof scenario.operator,
      wanted: "run" | "pause" | "cancel",
      change: { readonly stepId?: string; readonly seenVersion?: number } = {},
    ) =>
      controlJob(ctx, {
        migrationId: id,
        stepId: "copy",
        seenVersion: await versionOf(id),
        wanted,
        lanes: 3,
        cellsPerSecondMax: 1_000,
        bytesPerSecondMax: null,
        retryFailed: true,
        ...change,
      });
    await expect(ask(scenario.operator, "pause")).rejects.toMatchObject({ code: "conflict" });
    await press(scenario, id, "copy");
    const { S: start = 0n } = valuesOf((await loadMigration(database(), id)).steps);
    const runId = runName("copy", scenario.destination.id, start, 1);
    const ledger = openConsoleLedger(runId);
    await ledger.create({ runId, kind: "copy", start, shards: [] });
    const stranger = await signedIn(await makePerson("Vera", []));
    await expect(ask(stranger, "pause")).rejects.toMatchObject({ code: "forbidden" });
    expect(await ledger.control()).toMatchObject({ wanted: "run" });
    await expect(ask(scenario.operator, "pause", { stepId: "validate" })).rejects.toMatchObject({
      code: "stale",
    });
    await expect(ask(scenario.operator, "pause", { seenVersion: 0 })).rejects.toMatchObject({
      code: "stale",
    });
    await ask(scenario.operator, "pause");
    const [entry] = await database().auditEntry.findMany({
      where: { migrationId: id, action: "control-job" },
      orderBy: { sequence: "desc" },
    });
    expect(entry).toMatchObject({
      actorName: "Olga",
      result: "done",
      input: { wanted: "pause", lanes: 3 },
    });
    expect(await ledger.control()).toMatchObject({ wanted: "pause", lanes: 3, cellsPerSecondMax: 1_000 });
    await ask(scenario.operator, "cancel");
    await expect(ask(scenario.operator, "run")).rejects.toMatchObject({ code: "conflict" });
    expect(await ledger.control()).toMatchObject({ wanted: "cancel" });
    const marks = await database().moverMark.findMany({ where: { runId }, orderBy: { id: "asc" } });
    expect(marks.map(({ kind }) => kind)).toEqual([
      "paused",
      "throttled",
      "lanes",
      "retried",
      "cancelled",
      "retried",
    ]);
    expect(new Set(marks.map(({ by }) => by))).toEqual(new Set(["Olga"]));
  });

  test("that is cancelled is not begun again, and leads to starting over", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "copy");
    await press(scenario, id, "copy");
    const [job] = scenario.destination.move.jobs;
    if (job !== undefined) job.state = "cancelled";
    await recoverMigrations(scenario.engine, scenario.worker);
    expect(await openAttempts(id)).toBe(0);
    await expect(press(scenario, id, "copy")).rejects.toMatchObject({
      message: expect.stringContaining("Start over"),
    });
    const view = await getMigration(scenario.operator, id);
    expect(view.abandon).toMatchObject({ possible: true });
    expect(view.abandon.leavesBehind.join(" ")).toContain("readable partial data");
  });
});

describe("what a copy kept in its destination", { timeout: WALK_MS }, () => {
  test("is removed once clients run there, once, and not while the copy may go on", async () => {
    const { scenario, id } = await began();
    const { forgotten } = scenario.destination.move;
    await walkTo(scenario, id, "copy");
    const { S: start = 0n } = valuesOf((await loadMigration(database(), id)).steps);
    const runId = runName("copy", scenario.destination.id, start, 1);
    await openConsoleLedger(runId).create({ runId, kind: "copy", start, shards: [] });
    await forgetCopies(scenario.engine);
    await walkTo(scenario, id, "start");
    await forgetCopies(scenario.engine);
    expect(forgotten).toEqual([]);
    await walkTo(scenario, id, "end");
    await forgetCopies(scenario.engine);
    await forgetCopies(scenario.engine);
    expect(forgotten).toEqual([start]);
  });
});

describe("what a move refuses", { timeout: WALK_MS }, () => {
  test("to drop a table that nobody approved", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "set-up");
    scenario.destination.move.drops = ["app.orders", "app.surprise"];
    await expect(press(scenario, id, "set-up")).rejects.toMatchObject({
      message: expect.stringContaining("app.surprise"),
    });
    expect(scenario.destination.move.setUps).toBe(0);
  });

  test("to hand over with a difference; it is compared again once that is mended", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "validate");
    scenario.destination.move.differences = 2;
    expect(await finished(scenario, id, await press(scenario, id, "validate"))).toMatchObject({
      state: "not-applied",
      because: expect.stringContaining("2 differences"),
    });
    scenario.destination.move.differences = 0;
    expect(await finished(scenario, id, await press(scenario, id, "validate"))).toMatchObject({
      state: "done",
    });
  });

  test("a copy of a source that moved", async () => {
    const { scenario, id } = await began({ embedded: true });
    await walkTo(scenario, id, "validate");
    scenario.store.raiseEmbedded(1_010_001n, 2_010_001n);
    await expect(press(scenario, id, "validate")).rejects.toMatchObject({ code: "conflict" });
  });

  test("to take the source's bound back once a client has started on the destination", async () => {
    const { scenario, id } = await began({ embedded: true });
    await walkTo(scenario, id, "invalidate-source");
    expect(await press(scenario, id, "invalidate-source")).toMatchObject({ state: "done" });
    const { C = 0n } = valuesOf((await loadMigration(database(), id)).steps);
    scenario.destination.store.raiseEmbedded(C, C + 1_000_001n);
    const undo = undoStepOn(scenario.engine, scenario.operator, {
      migrationId: id,
      stepId: "invalidate-source",
      seenVersion: await versionOf(id),
      reason: "another day",
    });
    await expect(undo).rejects.toMatchObject({ code: "conflict" });
  });
});

test("a source that moves between stop and start opens an incident", { timeout: WALK_MS }, async () => {
  const { scenario, id } = await began({ embedded: true });
  await walkTo(scenario, id, "copy");
  scenario.store.raiseEmbedded(1_010_001n, 2_010_001n);
  await watchStoppedClients(scenario.engine, scenario.worker, AbortSignal.timeout(60_000));
  const { incidents } = await getMigration(scenario.operator, id);
  expect(incidents.map(({ title }) => title).join(" ")).toContain("has moved since its clients were stopped");
});

test("Oracle on either side is refused with the way out", { timeout: WALK_MS }, async () => {
  const scenario = await made({});
  const { environmentId, serviceId } = scenario.parts;
  const { id: oracle } = await createStore(systemContext, oracleStoreFields(environmentId));
  const refused = { message: expect.stringContaining("AtlasDB's own command line") };
  const to = { ...scenario, destination: { ...scenario.destination, id: oracle } };
  await expect(open(to)).rejects.toMatchObject(refused);
  await expect(previewOn(to.engine.systems, to.operator, chosen(to))).rejects.toMatchObject(refused);
  await database().service.update({ where: { id: serviceId }, data: { storeId: oracle } });
  await expect(open(scenario)).rejects.toMatchObject(refused);
});
