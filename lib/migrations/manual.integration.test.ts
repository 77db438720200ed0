import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { AdapterError } from "#lib/errors.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import { attest } from "#lib/migrations/attest.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { pasteOutputOn } from "#lib/migrations/paste-output.ts";
import {
  makeScenario,
  NAMESPACE,
  open,
  prepare,
  press,
  settleDown,
  versionOf,
  walkTo,
  type Scenario,
} from "#lib/migrations/testing.ts";
import { lastEntry, useTestDatabase } from "#lib/people/testing.ts";
import type { BoundState } from "#lib/stores/schema.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const NODE = "https://timelock-1.test:8421";

function curl(status: number, call: string, body = ""): string {
  return `${body}\nlockstep status=${status} ${call} node=${NODE} location=\n`;
}

/** What psql prints for the fake store. */
function psql(state: BoundState): string {
  const column = state.state === "invalidated" ? "legacy_last_allocated" : "last_allocated";
  const value = state.state === "invalidated" ? state.kept : state.state === "readable" ? state.bound : 0n;
  return [
    `lockstep.server {"port": 5432, "schema": "public", "address": "10.0.0.5", "read_at": "2026-11-21T12:04:30.625728Z", "version": "15.18", "database": "fake", "recovery": false}`,
    `lockstep.table {"oid": "1", "kind": "r", "table": "_timestamp", "schema": "public", "visible": true}`,
    `lockstep.column {"oid": "1", "name": "${column}", "type": "bigint"}`,
    `lockstep.row {"oid": "1", "row": {"${column}": "${value}"}}`,
    `lockstep.rows {"oid": "1", "count": 1}`,
    `lockstep.end {"tables": 1}`,
    "",
  ].join("\n");
}

async function paste(
  scenario: Scenario,
  id: string,
  stepId: string,
  text: string,
  engine: Engine = scenario.engine,
) {
  return pasteOutputOn(engine, scenario.operator, {
    migrationId: id,
    stepId,
    seenVersion: await versionOf(id),
    text,
  });
}

describe("the manual way", () => {
  test("judges a fast-forward done elsewhere by Lockstep's own read-back", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    const text = curl(204, `call=fast-forward namespace=${NAMESPACE} to=1010001`);
    // The output says so, TimeLock does not: nothing is believed.
    expect(await paste(scenario, id, "fast-forward", text)).toMatchObject({ state: "not-applied" });
    scenario.control.allocateElsewhere(NAMESPACE, 1_010_001);
    expect(await paste(scenario, id, "fast-forward", text)).toMatchObject({ state: "done" });
    expect(await lastEntry()).toMatchObject({ action: "record-outcome", result: "done" });
    const view = await getMigration(scenario.operator, id);
    expect(view.currentStep).toBe("invalidate");
    const step = view.steps.find((one) => one.id === "fast-forward");
    expect(step?.attempts.map((one) => [one.manual, one.state])).toEqual([
      [true, "not-applied"],
      [true, "done"],
    ]);
    expect(view.proof.terms.every((term) => term.provenance === "observed")).toBe(true);
  });

  test("takes the output of another command for what it is", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "fast-forward");
    const other = curl(204, `call=fast-forward namespace=${NAMESPACE} to=1010002`);
    await expect(paste(scenario, id, "fast-forward", other)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("to=1010001"),
    });
    const elsewhere = curl(308, `call=fast-forward namespace=${NAMESPACE} to=1010001`);
    await expect(paste(scenario, id, "fast-forward", elsewhere)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("308"),
    });
    await expect(paste(scenario, id, "fast-forward", "it worked")).rejects.toMatchObject({ code: "invalid" });
    await expect(paste(scenario, id, "fast-forward", "1010001")).rejects.toMatchObject({ code: "invalid" });
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("fast-forward");
  });

  test("of an invalidation is read from the store, and its unit is left to be finished", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "invalidate");
    scenario.store.place({ state: "invalidated", kept: 1_010_001n });
    const text = psql({ state: "invalidated", kept: 1_010_001n });
    expect(await paste(scenario, id, "invalidate", text)).toMatchObject({ state: "done" });
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("forward-kept");
    expect(await press(scenario, id, "forward-kept")).toMatchObject({ state: "done" });
  });

  test("gives TS from a paste where Lockstep cannot reach the store, and the proof says so for ever", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "take-ts");
    const unreachable = async () => {
      throw new AdapterError("connection-refused", "none", "The store does not answer.");
    };
    const engine: Engine = { systems: { ...scenario.engine.systems, openStore: unreachable } };
    for (const subject of ["unread:bound", "unread:punch", "unread:transactions", "sessions-unseen"]) {
      await attest(scenario.operator, {
        migrationId: id,
        stepId: "take-ts",
        seenVersion: await versionOf(id),
        subject,
        note: "read by hand twice",
        withdraw: false,
      });
    }
    const fetched = await paste(scenario, id, "take-ts", "The Fresh timestamp is: 1010002\n", engine);
    expect(fetched).toMatchObject({ state: "done" });
    const view = await getMigration(scenario.operator, id);
    const ts = view.proof.terms.find((term) => term.id === "ts");
    expect(ts).toMatchObject({ value: "1010002", provenance: "pasted" });
    const stored = view.steps.find((one) => one.id === "take-ts");
    expect(stored?.readings.find((one) => one.key === "store.fetched@source")).toMatchObject({
      provenance: "pasted",
    });
  });

  test("refuses the immutable timestamp", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "take-ts");
    const text = "The immutable timestamp is: 1010002";
    await expect(paste(scenario, id, "take-ts", text)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("immutable"),
    });
  });
});

describe("somebody was faster", () => {
  test("the automated migrator races the invalidation: the compare refuses, and its work is adopted", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "invalidate");
    const { store } = scenario;
    const original = store.invalidate.bind(store);
    store.invalidate = async (guard) => {
      store.invalidate = original;
      store.faults.push({ kind: "during-write", change: { state: "invalidated", kept: 1_010_001n } });
      return original(guard);
    };
    expect(await press(scenario, id, "invalidate")).toMatchObject({ state: "failed" });
    expect(await press(scenario, id, "invalidate")).toMatchObject({ state: "done" });
    expect(store.state).toEqual({ state: "invalidated", kept: 1_010_001n });
  });

  test("a bound that was raised before the invalidation is carried: TimeLock is forwarded to what was kept", async () => {
    const scenario = await makeScenario();
    const id = await open(scenario);
    await walkTo(scenario, id, "invalidate");
    scenario.store.place({ state: "readable", bound: 9_000_000n });
    await expect(press(scenario, id, "invalidate")).rejects.toMatchObject({ code: "conflict" });
    await settleDown(id);
    expect(await press(scenario, id, "invalidate")).toMatchObject({ state: "done" });
    const view = await getMigration(scenario.operator, id);
    expect(view.currentStep).toBe("one-client-fails");
    expect(view.proof.terms.map((term) => term.id)).toEqual(["ts", "kept-bound", "forward", "fresh"]);
    expect(view.proof.links.map((link) => link.verdict)).toEqual(["holds", "holds", "holds"]);
    expect(scenario.control.storedBound(NAMESPACE)).toBeGreaterThanOrEqual(10_000_000n);
  });

  test("a store that was migrated before is adopted whole: nothing is written, everything is proven", async () => {
    const scenario = await makeScenario({ state: "invalidated", kept: 5_000_000n });
    scenario.control.allocateElsewhere(NAMESPACE, 5_000_100);
    const id = await open(scenario);
    await walkTo(scenario, id, "end");
    expect(scenario.store.writes).toEqual([]);
    const view = await getMigration(scenario.operator, id);
    expect(view.state).toBe("watching");
    expect(view.proof.links.every((link) => link.verdict === "holds")).toBe(true);
  });

  test("a store in pieces is repaired by the guarded write that invalidates it", async () => {
    const scenario = await makeScenario({
      state: "several-rows",
      readable: true,
      values: [1_010_001n, 2_010_001n],
    });
    const id = await open(scenario);
    await walkTo(scenario, id, "configure");
    expect(scenario.store.state).toEqual({ state: "invalidated", kept: 2_010_001n });
    await prepare(scenario, id, "configure");
    expect(await press(scenario, id, "configure")).toMatchObject({ state: "done" });
  });
});

describe("two sequences", () => {
  test("a pasted timestamp belongs to the namespace that its output names", async () => {
    const scenario = await makeScenario(undefined, { runbook: "rename-namespace" });
    const id = await open(scenario);
    await walkTo(scenario, id, "take-ts");
    const unreachable: Engine = {
      systems: {
        ...scenario.engine.systems,
        openTimelock: async () => {
          throw new AdapterError("connection-refused", "none", "TimeLock does not answer.");
        },
      },
    };
    const body = (namespace: string) =>
      curl(
        200,
        `call=fresh-timestamps namespace=${namespace} count=1`,
        '{"inclusiveLower":5000001,"inclusiveUpper":5000001}',
      );
    // Without TimeLock the step cannot go on, but what was pasted is taken for what it is.
    await paste(scenario, id, "take-ts", body(NAMESPACE), unreachable).catch(() => undefined);
    const keys = await database().migrationReading.findMany({
      where: { migrationId: id, purpose: "pasted" },
    });
    expect(keys.map(({ key }) => key)).toEqual(["timelock.fresh@source"]);
  });
});
