import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { abandonMigration } from "#lib/migrations/abandon-migration.ts";
import { attest } from "#lib/migrations/attest.ts";
import { closeIncident } from "#lib/migrations/close-incident.ts";
import { createOn } from "#lib/migrations/create-migration.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { liveOn } from "#lib/migrations/get-migration-live.ts";
import { listMigrations } from "#lib/migrations/list-migrations.ts";
import { getPaperRunbook } from "#lib/migrations/paper-runbook.ts";
import { pasteOutputOn } from "#lib/migrations/paste-output.ts";
import { previewOn } from "#lib/migrations/preview-migration.ts";
import { recordSmokeTest } from "#lib/migrations/record-smoke-test.ts";
import { runStepOn } from "#lib/migrations/run-step.ts";
import { migrationSummary } from "#lib/migrations/schema.ts";
import { settleOn } from "#lib/migrations/settle.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import { submitConfiguration } from "#lib/migrations/submit-configuration.ts";
import {
  makeScenario,
  NAMESPACE,
  open,
  prepare,
  press,
  versionOf,
  walkTo,
  type Scenario,
} from "#lib/migrations/testing.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import type { Context } from "#lib/people/actor.ts";
import { lastEntry, makePerson, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
let scenario: Scenario;
let id: string;
let viewer: Context;
let stranger: Context;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  scenario = await makeScenario();
  id = await open(scenario);
  viewer = await makePerson("Vera", [{ role: "viewer", environmentId: scenario.parts.environmentId }]);
  stranger = await makePerson("Sam", []);
});
afterAll(async () => close());

const any = "00000000-0000-4000-8000-000000000000";

async function seen(stepId: string, of = id) {
  return { migrationId: of, stepId, seenVersion: await versionOf(of) };
}

describe("who may not operate", () => {
  type Verb = (ctx: Context) => Promise<unknown>;
  const verbs: readonly [string, Verb][] = [
    [
      "create-migration",
      async (ctx) =>
        createOn(scenario.engine.systems, ctx, {
          serviceId: scenario.parts.serviceId,
          clusterId: scenario.parts.clusterId,
          runbook: "to-timelock",
          namespace: "other",
        }),
    ],
    ["run-step", async (ctx) => runStepOn(scenario.engine, ctx, await seen("assess"))],
    [
      "attest",
      async (ctx) => attest(ctx, { ...(await seen("assess")), subject: "x", note: "", withdraw: false }),
    ],
    [
      "paste-output",
      async (ctx) =>
        pasteOutputOn(scenario.engine, ctx, { ...(await seen("assess")), text: "The fresh timestamp is: 5" }),
    ],
    [
      "submit-configuration",
      async (ctx) =>
        submitConfiguration(ctx, { ...(await seen("assess")), nodeId: any, install: "", runtime: "" }),
    ],
    [
      "record-smoke-test",
      async (ctx) => recordSmokeTest(ctx, { ...(await seen("assess")), tried: "x", passed: true }),
    ],
    ["skip-step", async (ctx) => skipStep(ctx, { ...(await seen("assess")), reason: "none" })],
    [
      "undo-step",
      async (ctx) => undoStepOn(scenario.engine, ctx, { ...(await seen("assess")), reason: "none" }),
    ],
    ["settle", async (ctx) => settleOn(scenario.engine, ctx, await seen("assess"))],
    [
      "abandon-migration",
      async (ctx) =>
        abandonMigration(ctx, {
          migrationId: id,
          seenVersion: await versionOf(id),
          reason: "none",
          typedPhrase: "x",
        }),
    ],
    [
      "close-incident",
      async (ctx) => closeIncident(ctx, { migrationId: id, incidentId: any, seenVersion: 1, note: "none" }),
    ],
  ];

  test.each(verbs)("is refused %s, and the refusal is recorded", async (action, verb) => {
    const before = await versionOf(id);
    await expect(verb(viewer)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action, result: "denied", actorId: viewer.actor.id });
    expect(await versionOf(id)).toBe(before);
    expect(await database().lease.count({ where: { expiresAt: { gt: new Date() } } })).toBe(0);
  });

  const reads: readonly [string, Verb][] = [
    ["the migration", async (ctx) => getMigration(ctx, id)],
    ["its live readings", async (ctx) => liveOn(scenario.engine.systems, ctx, id)],
    ["its paper", async (ctx) => getPaperRunbook(ctx, id)],
    [
      "a preview",
      async (ctx) =>
        previewOn(scenario.engine.systems, ctx, {
          serviceId: scenario.parts.serviceId,
          clusterId: scenario.parts.clusterId,
          runbook: "to-timelock",
          namespace: NAMESPACE,
        }),
    ],
  ];
  test.each(reads)("may read %s with any role there, and without one not", async (_name, read) => {
    await expect(read(viewer)).resolves.toBeDefined();
    await expect(read(stranger)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("sees in the list what belongs to the own environments", async () => {
    const [mine] = (await listMigrations(viewer)).map((one) => migrationSummary.parse(one));
    expect(mine).toMatchObject({ id, step: { number: 1, of: 11, title: "Assess", state: "current" } });
    expect(await listMigrations(stranger)).toEqual([]);
    expect((await getMigration(viewer, id)).canOperate).toBe(false);
  });
});

describe("a verb", () => {
  test("leaves its audit row, with plan, input and outcome", async () => {
    await press(scenario, id, "assess");
    const { planHash } = await getMigration(scenario.operator, id);
    expect(await lastEntry()).toMatchObject({
      action: "run-step",
      result: "done",
      migrationId: id,
      planHash,
      input: { stepId: "assess" },
      outcome: { decision: "finish" },
    });
  });

  test("makes and withdraws a declaration, which then no longer counts", async () => {
    const subject = "others";
    await attest(scenario.operator, { ...(await seen("stop")), subject, note: "looked", withdraw: false });
    await attest(scenario.operator, { ...(await seen("stop")), subject, note: "twice", withdraw: false });
    expect(await database().migrationAttestation.count({ where: { migrationId: id, subject } })).toBe(1);
    const shown = async () =>
      (await liveOn(scenario.engine.systems, scenario.operator, id)).attestations.find(
        (one) => one.subject === subject,
      );
    expect(await shown()).toMatchObject({ attestedBy: "Olga", note: "looked" });
    await attest(scenario.operator, { ...(await seen("stop")), subject, note: "", withdraw: true });
    expect(await shown()).toMatchObject({ attestedBy: null });
    expect(await lastEntry()).toMatchObject({ action: "attest", result: "done" });
  });

  test("is refused on a stale page and on a step that is not next", async () => {
    const stale = { migrationId: id, stepId: "stop", seenVersion: 1 };
    await expect(
      attest(scenario.operator, { ...stale, subject: "x", note: "", withdraw: false }),
    ).rejects.toMatchObject({ code: "stale" });
    await expect(
      skipStep(scenario.operator, { ...(await seen("stop")), reason: "hurry" }),
    ).rejects.toMatchObject({ code: "conflict" });
    await expect(
      recordSmokeTest(scenario.operator, { ...(await seen("stop")), tried: "x", passed: true }),
    ).rejects.toMatchObject({ code: "conflict" });
    await expect(runStepOn(scenario.engine, scenario.operator, await seen("nonsense"))).rejects.toMatchObject(
      { code: "invalid" },
    );
    await expect(settleOn(scenario.engine, scenario.operator, await seen("stop"))).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("of abandoning asks for the service's name, says what stays, and frees everything", async () => {
    const own = await makeScenario();
    const mine = await open(own);
    await walkTo(own, mine, "invalidate");
    const view = await getMigration(own.operator, mine);
    expect(view.abandon.leavesBehind.join(" ")).toContain("TimeLock stands above 1010001");
    const input = {
      migrationId: mine,
      seenVersion: view.version,
      reason: "another day",
      typedPhrase: view.service.name,
    };
    await expect(abandonMigration(own.operator, { ...input, typedPhrase: "x" })).rejects.toMatchObject({
      code: "invalid",
    });
    await abandonMigration(own.operator, input);
    expect((await getMigration(own.operator, mine)).state).toBe("abandoned");
    expect(await lastEntry()).toMatchObject({ action: "abandon-migration" });
    await expect(press(own, mine, "invalidate")).rejects.toMatchObject({ code: "conflict" });
    const again = await open(own);
    await walkTo(own, again, "end");
    expect(
      (await getMigration(own.operator, again)).proof.links.every((link) => link.verdict === "holds"),
    ).toBe(true);
  });

  test("of abandoning is impossible once clients run on TimeLock", async () => {
    const own = await makeScenario();
    const mine = await open(own);
    await walkTo(own, mine, "end");
    const view = await getMigration(own.operator, mine);
    expect(view.abandon).toMatchObject({ possible: false });
    const input = {
      migrationId: mine,
      seenVersion: view.version,
      reason: "too late",
      typedPhrase: view.service.name,
    };
    await expect(abandonMigration(own.operator, input)).rejects.toMatchObject({ code: "conflict" });
  });

  test("of starting needs growth beyond Lockstep's own probes", async () => {
    const own = await makeScenario();
    const mine = await open(own);
    await walkTo(own, mine, "start");
    await recordSmokeTest(own.operator, { ...(await seen("start", mine)), tried: "an order", passed: true });
    await expect(press(own, mine, "start")).rejects.toMatchObject({
      message: expect.stringContaining("No client"),
    });
    await prepare(own, mine, "start");
    expect(await press(own, mine, "start")).toMatchObject({ state: "done" });
  });

  test("opens no second migration on the same service, store or sequence", async () => {
    const own = await makeScenario();
    await open(own);
    await expect(open(own)).rejects.toMatchObject({ code: "conflict" });
    const other = { ...own.parts, clusterId: scenario.parts.clusterId };
    await expect(
      createOn(own.engine.systems, own.operator, {
        serviceId: other.serviceId,
        clusterId: other.clusterId,
        runbook: "to-timelock",
        namespace: "x",
      }),
    ).rejects.toMatchObject({ code: "conflict" });
  });
});
