import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { closeIncident } from "#lib/migrations/close-incident.ts";
import { migrationDuties } from "#lib/migrations/duties/migration-duties.ts";
import { nextCheck } from "#lib/migrations/duties/watch-after-start.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import {
  makeScenario,
  NAMESPACE,
  open,
  press,
  settleDown,
  versionOf,
  walkTo,
  type Scenario,
} from "#lib/migrations/testing.ts";
import { lastEntry, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

async function round(scenario: Scenario, name: string): Promise<void> {
  const duty = migrationDuties("test", scenario.engine).find((one) => one.name === name);
  if (!duty) throw new Error(name);
  await duty.run(new AbortController().signal);
}

async function only(id: string): Promise<void> {
  await database().migration.updateMany({
    where: { id: { not: id }, state: { in: ["open", "watching"] } },
    data: { state: "abandoned", endedAt: new Date(), nextCheckAt: null },
  });
}

async function makeDue(id: string): Promise<void> {
  await database().$executeRaw`
    UPDATE migration SET next_check_at = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
}

describe("the stop proof in the worker", () => {
  test("keeps looking while nobody looks at a page, and opens one incident when a client runs", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await only(id);
    await walkTo(scenario, id, "fast-forward");
    const before = await database().migrationSample.count({ where: { migrationId: id } });
    await round(scenario, "watch stopped clients");
    expect(await database().migrationSample.count({ where: { migrationId: id } })).toBe(before + 1);
    expect((await getMigration(scenario.operator, id)).incidents).toEqual([]);

    await settleDown(id);
    scenario.store.raiseEmbedded(1_010_001n, 2_010_001n);
    await round(scenario, "watch stopped clients");
    await round(scenario, "watch stopped clients");
    const view = await getMigration(scenario.operator, id);
    expect(view.incidents).toHaveLength(1);
    expect(view.incidents[0]?.actions.join(" ")).toContain("ring Ada");
    expect(view.stopProof.level).toBe("moving");
    await expect(press(scenario, id, "fast-forward")).rejects.toMatchObject({ code: "conflict" });
    expect(await lastEntry()).toMatchObject({ action: "open-incident", actorKind: "worker" });

    await closeIncident(scenario.operator, {
      migrationId: id,
      incidentId: view.incidents[0]?.id ?? "",
      seenVersion: await versionOf(id),
      note: "a cron job, now off",
    });
    expect((await getMigration(scenario.operator, id)).incidents[0]?.closedAt).not.toBeNull();
  });

  test("does not look before clients are to be stopped, nor once they may run", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await only(id);
    await round(scenario, "watch stopped clients");
    expect(await database().migrationSample.count({ where: { migrationId: id, kind: "stop" } })).toBe(0);
    await walkTo(scenario, id, "end");
    const samples = await database().migrationSample.count({ where: { migrationId: id, kind: "stop" } });
    await round(scenario, "watch stopped clients");
    expect(await database().migrationSample.count({ where: { migrationId: id, kind: "stop" } })).toBe(
      samples,
    );
  });
});

describe("the watch in the worker", () => {
  test("looks when it is due, ends after its day, and goes on daily for a week", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await only(id);
    await walkTo(scenario, id, "end");
    await round(scenario, "watch after start");
    const looked = await database().migration.findUniqueOrThrow({ where: { id } });
    expect(looked.lastCheckedAt).not.toBeNull();
    expect(looked.state).toBe("watching");
    expect(looked.nextCheckAt?.getTime()).toBeGreaterThan(Date.now());

    await database()
      .$executeRaw`UPDATE migration SET watch_until = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
    await makeDue(id);
    await round(scenario, "watch after start");
    const ended = await database().migration.findUniqueOrThrow({ where: { id } });
    expect(ended.state).toBe("done");
    expect(ended.nextCheckAt).not.toBeNull();
    expect(await database().migrationClaim.count({ where: { migrationId: id, releasedAt: null } })).toBe(0);
    const view = await getMigration(scenario.operator, id);
    expect(view.steps.at(-1)).toMatchObject({ state: "done", finishedBy: "worker test" });
  });

  test.each([
    [
      "a bound that is readable again",
      (scenario: Scenario) => scenario.store.place({ state: "readable", bound: 1_010_001n }),
      "still-invalid",
    ],
    [
      "a bound that somebody raised",
      (scenario: Scenario) => scenario.store.place({ state: "invalidated", kept: 90_000_000n }),
      "fresh-above",
    ],
  ] as const)("opens an incident for %s, and the watch does not end", async (_name, harm, kind) => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await only(id);
    await walkTo(scenario, id, "end");
    harm(scenario);
    await database()
      .$executeRaw`UPDATE migration SET watch_until = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
    await makeDue(id);
    await round(scenario, "watch after start");
    const incidents = await database().migrationIncident.findMany({ where: { migrationId: id } });
    expect(incidents.map((one) => one.kind)).toContain(kind);
    expect((await getMigration(scenario.operator, id)).state).toBe("watching");
  });

  test("ends where the next migration of the same service begins", async () => {
    const scenario = await makeScenario();
    const first = await open(scenario);
    await walkTo(scenario, first, "end");
    const second = await open(scenario);
    expect((await getMigration(scenario.operator, first)).state).toBe("done");
    expect((await getMigration(scenario.operator, second)).state).toBe("open");
    await expect(open(scenario)).rejects.toMatchObject({ code: "conflict" });
    expect(scenario.control.storedBound(NAMESPACE)).not.toBeNull();
  });

  test("is due every five minutes, then daily, then never", () => {
    const until = new Date("2026-11-22T12:00:00Z");
    const at = (time: string) => nextCheck({ watchUntil: until }, new Date(time))?.toISOString() ?? null;
    expect(at("2026-11-21T12:00:00Z")).toBe("2026-11-21T12:05:00.000Z");
    expect(at("2026-11-22T11:58:00Z")).toBe("2026-11-22T12:00:00.000Z");
    expect(at("2026-11-22T12:00:00Z")).toBe("2026-11-23T12:00:00.000Z");
    expect(at("2026-11-28T12:00:00Z")).toBe("2026-11-29T12:00:00.000Z");
    expect(at("2026-11-29T12:00:00Z")).toBeNull();
    expect(nextCheck({ watchUntil: null }, until)).toBeNull();
  });
});
