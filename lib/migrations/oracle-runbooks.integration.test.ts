import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { liveOn } from "#lib/migrations/get-migration-live.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import {
  BOUND,
  declare,
  look,
  oracleScenario,
  paste,
  printed,
  type Site,
} from "#lib/migrations/testing-oracle.ts";
import {
  configureAll,
  open,
  press,
  recordWorked,
  settleDown,
  startClients,
  versionOf,
  type Scenario,
} from "#lib/migrations/testing.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { writeOutput } from "#lib/stores/oracle/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

/** Walks any runbook by pastes: what is done on the database is done by hand, everything else by pressing. */
async function walkByHand(scenario: Scenario, id: string, system: string): Promise<string[]> {
  const { store, runbook } = scenario;
  const seen = (): Site => ({
    system,
    state: store.state,
    punch: store.punch.found === "punch" ? store.punch.timestamp : null,
  });
  const byHand: string[] = [];
  for (const { id: stepId, optional, kind } of runbook.steps) {
    if (stepId === "watch") break;
    if ((await getMigration(scenario.operator, id)).currentStep !== stepId) continue;
    if (optional) {
      await skipStep(scenario.operator, {
        migrationId: id,
        stepId,
        seenVersion: await versionOf(id),
        reason: "tried elsewhere",
      });
      continue;
    }
    await declare(scenario, id, stepId);
    if (stepId === "start") {
      startClients(scenario);
      await recordWorked(scenario, id, stepId);
    }
    if (stepId === "configure") await configureAll(scenario, id);
    const first = await paste(scenario, id, stepId, look(seen())).catch(() => null);
    if (kind !== "gate" && stepId === "stop") {
      await press(scenario, id, stepId).catch(() => undefined);
      await settleDown(id);
      await paste(scenario, id, stepId, look(seen()));
    }
    if (kind === "gate" && first?.state === "done") continue;
    await declare(scenario, id, stepId);
    const view = await getMigration(scenario.operator, id);
    if (view.currentStep !== stepId) continue;
    const command = view.steps.find((one) => one.id === stepId)?.operations[0]?.commands[0];
    const blocked = (await liveOn(scenario.engine.systems, scenario.operator, id)).blockedBecause;
    if (kind === "act" && command?.tool === "sqlplus" && blocked?.includes("sqlplus") === true) {
      byHand.push(stepId);
      const before = printed(seen());
      const values = valuesOf((await loadMigration(database(), id)).steps);
      const reading = await store.readBound();
      await store.restore({ identity: reading.identity, expected: reading.state }, values.N ?? 0n);
      expect(command.text).toContain(`${values.N}`);
      expect(
        await paste(scenario, id, stepId, writeOutput("restore", before, printed(seen()))),
      ).toMatchObject({ state: "done" });
      continue;
    }
    expect([stepId, await press(scenario, id, stepId)]).toMatchObject([stepId, { state: "done" }]);
  }
  return byHand;
}

describe("the other runbooks on an Oracle store", { timeout: 120_000 }, () => {
  test("from-timelock: the bound is set to N by hand, and the proof holds by pasted readings", async () => {
    const { scenario, site } = await oracleScenario(
      { state: "invalidated", kept: BOUND },
      { runbook: "from-timelock" },
    );
    const id = await open(scenario);
    expect(await walkByHand(scenario, id, site.system)).toEqual(["set-bound"]);
    const view = await getMigration(scenario.operator, id);
    expect(view.state).toBe("watching");
    expect(view.proof.links.map((link) => link.verdict)).toEqual(view.proof.links.map(() => "holds"));
    expect(view.proof.terms.some((term) => term.provenance === "pasted")).toBe(true);
  });

  test("rename-namespace: nothing is written to the store, and it is read by pastes", async () => {
    const { scenario, site } = await oracleScenario(
      { state: "invalidated", kept: BOUND },
      { runbook: "rename-namespace" },
    );
    const id = await open(scenario);
    expect(await walkByHand(scenario, id, site.system)).toEqual([]);
    const view = await getMigration(scenario.operator, id);
    expect(view.state).toBe("watching");
    expect(view.proof.links.map((link) => link.verdict)).toEqual(view.proof.links.map(() => "holds"));
  });
});
