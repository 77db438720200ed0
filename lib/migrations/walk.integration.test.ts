import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { liveOn } from "#lib/migrations/get-migration-live.ts";
import { previewOn } from "#lib/migrations/preview-migration.ts";
import { makeScenario, NAMESPACE, open, press, walkTo } from "#lib/migrations/testing.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { migrationLive, migrationPreview, migrationView } from "#lib/migrations/schema.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

describe("to-timelock on fakes", () => {
  test("walks a healthy service from assess to watch, and the chain holds", async () => {
    const scenario = await makeScenario();
    const preview = await previewOn(scenario.engine.systems, scenario.operator, {
      serviceId: scenario.parts.serviceId,
      clusterId: scenario.parts.clusterId,
      runbook: "to-timelock",
      namespace: NAMESPACE,
    });
    expect(migrationPreview.parse(preview)).toMatchObject({ canCreate: true, blockedBecause: null });
    const id = await open(scenario);
    await walkTo(scenario, id, "end");
    const view = migrationView.parse(await getMigration(scenario.operator, id));
    expect(view.state).toBe("watching");
    expect(view.planHash).toBe(preview.planHash);
    expect(view.proof.links.map((link) => link.verdict)).toEqual(["holds", "holds", "holds"]);
    expect(view.proof.terms.map((term) => term.value)).toEqual([
      "1010001",
      "1010001",
      "1010001",
      expect.any(String),
    ]);
    expect(scenario.store.state).toEqual({ state: "invalidated", kept: 1_010_001n });
    const service = await database().service.findUniqueOrThrow({ where: { id: scenario.parts.serviceId } });
    expect(service).toMatchObject({ timestampSource: "timelock", namespace: NAMESPACE });
    expect(migrationLive.parse(await liveOn(scenario.engine.systems, scenario.operator, id)).stepId).toBe(
      "watch",
    );
    const told = view.timeline.map(({ text }) => text);
    expect(told.some((text) => text.startsWith("ran a step (Take TS)"))).toBe(true);
    expect(told.some((text) => text.includes("(Fast-forward TimeLock to TS): "))).toBe(true);
    const actions = view.timeline.map((entry) => entry.text.split(" ")[0]);
    expect(actions).toContain("started");
    expect(actions).toContain("recorded");
  });

  test("refuses a stale page, a wrong phrase and a step out of order, and changes nothing", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await expect(press(scenario, id, "assess", { seenVersion: 99 })).rejects.toMatchObject({ code: "stale" });
    await expect(press(scenario, id, "fast-forward")).rejects.toMatchObject({ code: "conflict" });
    await walkTo(scenario, id, "claim");
    await expect(press(scenario, id, "claim", { typedPhrase: "order" })).rejects.toMatchObject({
      code: "invalid",
    });
    expect(scenario.control.storedBound(NAMESPACE)).toBeNull();
  });

  test("refuses to carry out another plan than the one it was opened with", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await database().migration.update({ where: { id }, data: { planHash: "0".repeat(64) } });
    await expect(press(scenario, id, "assess")).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("The runbook has changed"),
    });
  });

  test("decides in time while a survey waits for a node that hangs", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    const { systems } = scenario.engine;
    const slow = {
      ...systems,
      openTimelock: async (clusterId: string) => {
        const timelock = await systems.openTimelock(clusterId, "short");
        const health: typeof timelock.health = async (namespace) => {
          await new Promise((resolve) => setTimeout(resolve, 6_000));
          return timelock.health(namespace);
        };
        return { ...timelock, health };
      },
    };
    const outcome = await press(scenario, id, "fast-forward", { engine: { systems: slow } });
    expect(outcome).toMatchObject({ state: "done" });
  });
});
