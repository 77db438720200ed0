import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { database } from "#lib/db/client.ts";
import { recoverMigrations } from "#lib/engine/recover.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
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
import { skipStep } from "#lib/migrations/skip-step.ts";
import { dyingAt, Killed, openAttempts } from "#lib/migrations/testing-crash.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import { useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

describe("a person who loses the role while the step runs", () => {
  test("is told what was done, and it is recorded; nothing more can be done then", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    const engine: Engine = {
      ...scenario.engine,
      reached: async (stage) => {
        if (stage === "performed")
          await database().roleGrant.deleteMany({ where: { personId: scenario.operator.actor.id } });
      },
    };
    expect(await press(scenario, id, "fast-forward", { engine })).toMatchObject({ state: "done" });
    expect(await openAttempts(id)).toBe(0);
    const seenVersion = await versionOf(id);
    await expect(
      undoStepOn(scenario.engine, scenario.operator, {
        migrationId: id,
        stepId: "take-ts",
        seenVersion,
        reason: "no right any more",
      }),
    ).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("a run that dies", () => {
  test("between the acts of a unit leaves no stop in it", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "invalidate");
    await expect(press(scenario, id, "invalidate", { engine: dyingAt(scenario, "settled") })).rejects.toThrow(
      Killed,
    );
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("forward-kept");
    await recoverMigrations(scenario.engine, scenario.worker);
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("one-client-fails");
  });
});

describe("an effect whose answer is lost", () => {
  test("of a fast-forward that was carried out is done", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    scenario.control.loseNextAnswer("fastForward");
    expect(await press(scenario, id, "fast-forward")).toMatchObject({ state: "done" });
  });

  test("of a fast-forward that was not carried out is not applied, without a fresh timestamp below TS", async () => {
    const scenario = await makeScenario();
    scenario.control.allocateElsewhere(NAMESPACE, 1);
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    scenario.control.failNext("fastForward", "time-out", "unknown");
    expect(await press(scenario, id, "fast-forward")).toMatchObject({ state: "not-applied" });
    expect(await database().timelockProbe.count({ where: { clusterId: scenario.parts.clusterId } })).toBe(0);
    expect(scenario.control.storedBound(NAMESPACE)).toBe(1_000_001n);
    expect(await press(scenario, id, "fast-forward")).toMatchObject({ state: "done" });
  });

  test("of an invalidation that was committed is done, of one that was not is not applied", async () => {
    for (const [fault, state] of [
      ["lost-answer", "done"],
      ["lost-before-commit", "not-applied"],
    ] as const) {
      const scenario = await makeScenario();
      const id = await open(scenario);
      await walkTo(scenario, id, "invalidate");
      const store = scenario.store;
      const invalidate = store.invalidate.bind(store);
      store.invalidate = async (guard) => {
        store.faults.push({ kind: fault });
        store.invalidate = invalidate;
        return invalidate(guard);
      };
      expect(await press(scenario, id, "invalidate")).toMatchObject({ state });
    }
  });

  test("stays uncertain while the systems cannot be read, and blocks everything else", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    scenario.control.loseNextAnswer("fastForward");
    const engine: Engine = {
      ...scenario.engine,
      reached: async (stage) => {
        if (stage === "performed") scenario.control.loseQuorum();
      },
    };
    expect(await press(scenario, id, "fast-forward", { engine })).toMatchObject({ state: "uncertain" });
    await expect(press(scenario, id, "fast-forward")).rejects.toMatchObject({ code: "conflict" });
    await recoverMigrations(scenario.engine, scenario.worker);
    expect(await openAttempts(id)).toBe(1);
    scenario.control.regainQuorum();
    await recoverMigrations(scenario.engine, scenario.worker);
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("invalidate");
  });
});

describe("two at once", () => {
  test("one runs the step, the other is turned away", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    const both = await Promise.allSettled([
      press(scenario, id, "fast-forward"),
      press(scenario, id, "fast-forward"),
    ]);
    expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    const attempts = await database().migrationAttempt.count({
      where: { migrationId: id, stepId: "fast-forward" },
    });
    expect(attempts).toBe(1);
  });

  test("a run that lost its lease writes no outcome; the newer holder settles", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    const engine: Engine = {
      ...scenario.engine,
      reached: async (stage) => {
        if (stage !== "performed") return;
        await database().$executeRaw`UPDATE lease SET expires_at = clock_timestamp() - interval '1 second'`;
        await recoverMigrations(scenario.engine, scenario.worker);
      },
    };
    await expect(press(scenario, id, "fast-forward", { engine })).rejects.toMatchObject({ code: "conflict" });
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("invalidate");
    const attempts = await database().migrationAttempt.findMany({
      where: { migrationId: id, stepId: "fast-forward" },
    });
    expect(attempts.map((one) => one.state)).toEqual(["done"]);
  });

  test("a run that stood still since its intent sends nothing any more, even what its guard would let through", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "invalidate");
    const frozen = vi.spyOn(performance, "now");
    const engine: Engine = {
      ...scenario.engine,
      reached: async (stage) => {
        if (stage !== "intended") return;
        await database().$executeRaw`UPDATE lease SET expires_at = clock_timestamp() - interval '1 second'`;
        await recoverMigrations(scenario.engine, scenario.worker);
        const now = performance.now();
        frozen.mockImplementation(() => now + 60_000);
      },
    };
    try {
      await expect(press(scenario, id, "invalidate", { engine })).rejects.toMatchObject({ code: "conflict" });
    } finally {
      frozen.mockRestore();
    }
    expect(scenario.store.state).toEqual({ state: "readable", bound: 1_010_001n });
    const attempts = await database().migrationAttempt.findMany({
      where: { migrationId: id, stepId: "invalidate" },
    });
    expect(attempts.map((one) => one.state)).toEqual(["not-applied"]);
  });
});

describe("undo", () => {
  test("of the invalidation makes the bound readable with the kept value and opens the step again", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "configure");
    const undone = await undoStepOn(scenario.engine, scenario.operator, {
      migrationId: id,
      stepId: "invalidate",
      seenVersion: await versionOf(id),
      reason: "the window is over",
    });
    expect(undone.state).toBe("done");
    expect(scenario.store.state).toEqual({ state: "readable", bound: 1_010_001n });
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("invalidate");
    await walkFrom(scenario, id);
    expect((await getMigration(scenario.operator, id)).state).toBe("watching");
  });

  test("is refused once somebody took a timestamp from TimeLock", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "configure");
    scenario.control.allocateElsewhere(NAMESPACE, 3);
    await expect(
      undoStepOn(scenario.engine, scenario.operator, {
        migrationId: id,
        stepId: "invalidate",
        seenVersion: await versionOf(id),
        reason: "the window is over",
      }),
    ).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("3 timestamps") });
    expect(scenario.store.state.state).toBe("invalidated");
  });
});

async function walkFrom(scenario: Scenario, id: string): Promise<void> {
  expect((await press(scenario, id, "invalidate")).state).toBe("done");
  for (const stepId of ["configure", "start"] as const) {
    if (stepId === "configure") {
      await skipStep(scenario.operator, {
        migrationId: id,
        stepId: "one-client-fails",
        seenVersion: await versionOf(id),
        reason: "tried before",
      });
    }
    await prepare(scenario, id, stepId);
    expect((await press(scenario, id, stepId)).state).toBe("done");
  }
}
