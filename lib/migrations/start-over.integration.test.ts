import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { resolvedOperation, type ResolvedOperation } from "#lib/engine/operation.ts";
import { abandonMigration } from "#lib/migrations/abandon-migration.ts";
import { copiesInto } from "#lib/migrations/earlier-copies.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { previewOn } from "#lib/migrations/preview-migration.ts";
import { replanOn } from "#lib/migrations/replan-migration.ts";
import { migrationView } from "#lib/migrations/schema.ts";
import {
  chosen,
  makeScenario,
  open,
  press,
  versionOf,
  walkTo,
  type Scenario,
  type ScenarioChange,
} from "#lib/migrations/testing.ts";
import { useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const WALK_MS = 120_000;

async function began(change: ScenarioChange = {}): Promise<{ scenario: Scenario; id: string }> {
  const state = { state: "readable", bound: 1_010_001n } as const;
  const scenario = await makeScenario(change.embedded === true ? state : undefined, {
    ...change,
    runbook: "move-store",
  });
  return { scenario, id: await open(scenario) };
}

const giveUp = async (scenario: Scenario, id: string) => {
  const { version, service } = await getMigration(scenario.operator, id);
  await abandonMigration(scenario.operator, {
    migrationId: id,
    seenVersion: version,
    reason: "another day",
    typedPhrase: service.name,
  });
};

describe("starting over", { timeout: WALK_MS }, () => {
  const replan = async (scenario: Scenario, id: string) =>
    replanOn(scenario.engine.systems, scenario.operator, {
      migrationId: id,
      seenVersion: await versionOf(id),
      reason: "the source moved",
    });
  const punch = (scenario: Scenario, timestamp: bigint) => {
    const punched = { found: "punch", wallMillis: 1n, rawRow: "0x", rawValue: "0x" } as const;
    scenario.destination.store.punch = { ...punched, timestamp };
  };
  const pairOf = async (id: string) => valuesOf((await loadMigration(database(), id)).steps);

  test("is a plan of its own with new S and C and an empty ledger, and ends like any move", async () => {
    const { scenario, id } = await began({ embedded: true });
    expect(await replan(scenario, id)).toMatchObject({ changed: false });
    await walkTo(scenario, id, "validate");
    const { C: before = 0n } = await pairOf(id);
    expect((await getMigration(scenario.operator, id)).startsOver).toBe(true);
    expect(await replan(scenario, id)).toMatchObject({ changed: true });
    const view = await getMigration(scenario.operator, id);
    expect(view.currentStep).toBe("assess");
    expect(await pairOf(id)).toEqual({});
    await walkTo(scenario, id, "end");
    expect(migrationView.parse(await getMigration(scenario.operator, id)).state).toBe("watching");
    const { S: start = 0n } = await pairOf(id);
    expect(start).toBeGreaterThan(before);
    const copies = scenario.destination.move.jobs.filter(({ kind }) => kind === "copy");
    expect(copies.map((job) => job.start > before)).toEqual([false, true]);
  });

  test("is refused once a client has started on the destination", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "configure");
    const { C = 0n } = await pairOf(id);
    const timestamp = C + 5n;
    scenario.destination.store.punch = {
      found: "punch",
      timestamp,
      wallMillis: 1n,
      rawRow: "0x",
      rawValue: "0x",
    };
    await expect(replan(scenario, id)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("has started"),
    });
  });

  test("is refused then at the second time, too, though the steps have forgotten C", async () => {
    const { scenario, id } = await began({ embedded: true });
    await walkTo(scenario, id, "validate");
    const { C = 0n } = await pairOf(id);
    expect(await replan(scenario, id)).toMatchObject({ changed: true });
    const punched = { found: "punch", wallMillis: 1n, rawRow: "0x", rawValue: "0x" } as const;
    scenario.destination.store.punch = { ...punched, timestamp: C + 5n };
    await expect(replan(scenario, id)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("has started"),
    });
  });

  test("by giving up and opening again is refused then as well, and not while nobody has", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "configure");
    const { C = 0n } = await pairOf(id);
    await giveUp(scenario, id);
    const preview = async () => previewOn(scenario.engine.systems, scenario.operator, chosen(scenario));
    expect(await preview()).toMatchObject({ canCreate: true });
    const punched = { found: "punch", wallMillis: 1n, rawRow: "0x", rawValue: "0x" } as const;
    scenario.destination.store.punch = { ...punched, timestamp: C + 5n };
    expect(await preview()).toMatchObject({
      canCreate: false,
      blockedBecause: expect.stringContaining("A client has started"),
    });
  });

  test("is refused by what a client wrote after any of several copies that were given up", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "configure");
    const { C = 0n } = await pairOf(id);
    await giveUp(scenario, id);
    // The one after it came to nothing: it says nothing of who started there before.
    await giveUp(scenario, await open(scenario));
    const preview = async () => previewOn(scenario.engine.systems, scenario.operator, chosen(scenario));
    expect(await preview()).toMatchObject({ canCreate: true });
    punch(scenario, C + 5n);
    expect(await preview()).toMatchObject({
      canCreate: false,
      blockedBecause: expect.stringContaining("A client has started"),
    });
  });

  test("looks again before it drops anything: as a condition, and at the last moment", async () => {
    const { scenario, id } = await began();
    await walkTo(scenario, id, "configure");
    const { C = 0n } = await pairOf(id);
    await giveUp(scenario, id);
    const again = await open(scenario);
    await walkTo(scenario, again, "set-up");
    const { move } = scenario.destination;
    const { setUps } = move;
    move.beforeSetUp = async () => punch(scenario, C + 5n);
    expect(await press(scenario, again, "set-up")).toMatchObject({ state: "failed" });
    move.beforeSetUp = null;
    await expect(press(scenario, again, "set-up")).rejects.toMatchObject({
      message: expect.stringContaining("has started"),
    });
    expect(move.setUps).toBe(setUps);
  });

  test("needs a source whose bound is not invalid", async () => {
    const { scenario, id } = await began({ embedded: true });
    await walkTo(scenario, id, "invalidate-source");
    await press(scenario, id, "invalidate-source");
    await expect(replan(scenario, id)).rejects.toMatchObject({
      message: expect.stringContaining("Undo the invalidation"),
    });
  });
});

test("the copies into a store are all that it saw since a service lived there, or since AtlasDB's own migrator", async () => {
  const { scenario, id } = await began();
  const { targets } = await loadMigration(database(), id);
  const into = { into: "destination" } as const;
  let at = 0;
  const attempted = async (migrationId: string, operation: ResolvedOperation, manual = false) => {
    at += 1;
    await database().migrationAttempt.create({
      data: {
        id: randomUUID(),
        migrationId,
        stepId: operation.kind,
        number: at,
        direction: "do",
        state: "not-applied",
        operation: z.encode(resolvedOperation, operation),
        conditions: [],
        manual,
        leaseEpoch: 1n,
        actorKind: "user",
        actorId: "test",
        actorName: "test",
        intendedAt: new Date(Date.UTC(2026, 10, 21, 12, 0, at)),
        endedAt: new Date(),
      },
    });
  };
  const committed = async (migrationId: string, commit: bigint) =>
    attempted(migrationId, { kind: "move.commit-start", ...into, start: commit - 1n, commit });
  await committed(id, 100n);
  await committed(id, 200n);
  expect(await copiesInto(database(), targets, id)).toEqual([100n, 200n]);
  await giveUp(scenario, id);
  const again = await open(scenario);
  expect(await copiesInto(database(), targets, null)).toEqual([]);
  expect(await copiesInto(database(), targets, again)).toEqual([100n, 200n]);
  await attempted(again, { kind: "move.set-up", ...into }, true);
  expect(await copiesInto(database(), targets, again)).toEqual([100n, 200n]);
  await committed(again, 300n);
  expect(await copiesInto(database(), targets, again)).toEqual([300n]);
  await database().migration.update({ where: { id }, data: { state: "done" } });
  await committed(again, 400n);
  expect(await copiesInto(database(), targets, again)).toEqual([300n, 400n]);
  expect(await copiesInto(database(), { ...targets, stores: targets.stores.slice(0, 1) }, again)).toEqual([]);
}, 60_000);
