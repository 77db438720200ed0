import { randomInt } from "node:crypto";

import { expect } from "vitest";

import { database } from "#lib/db/client.ts";
import { attest } from "#lib/migrations/attest.ts";
import { liveOn } from "#lib/migrations/get-migration-live.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { pasteOutputOn } from "#lib/migrations/paste-output.ts";
import {
  makeScenario,
  press,
  versionOf,
  type Scenario,
  type ScenarioChange,
} from "#lib/migrations/testing.ts";
import { oracleBoundStore } from "#lib/stores/oracle/oracle-bound-store.ts";
import { ORACLE_IDENTITY, ORACLE_TARGET, readOutput } from "#lib/stores/oracle/testing.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** An Oracle database as somebody at a terminal sees it. */
export type Site = { readonly system: string; state: BoundState; punch: bigint | null };

/** The bound that the walks begin with. */
export const BOUND = 1_010_001n;

/** A service on an Oracle store that is pinned: nothing that Lockstep does reaches the database. */
export async function oracleScenario(
  state: BoundState = { state: "readable", bound: BOUND },
  change: ScenarioChange = {},
): Promise<{ scenario: Scenario; site: Site }> {
  const made = await makeScenario(state, change);
  const { storeId } = made.parts;
  const system = randomInt(1, 2 ** 31).toString();
  const { name: _name, tablePrefix, schema: _schema, ...address } = ORACLE_TARGET;
  await database().store.update({
    where: { id: storeId },
    data: {
      kind: "oracle",
      connection: { kind: "oracle", ...address },
      tablePrefix,
      identitySystem: system,
      identityDatabase: ORACLE_IDENTITY.database,
      identitySchema: ORACLE_IDENTITY.schema,
      identityTable: ORACLE_IDENTITY.table,
      identityTableId: ORACLE_IDENTITY.tableId,
      identityPinnedAt: new Date(),
    },
  });
  const systems = { ...made.engine.systems, openStore: async () => oracleBoundStore("orders") };
  return { scenario: { ...made, engine: { systems } }, site: { system, state, punch: 900_000n } };
}

const now = () => new Date().toISOString();
/** What the database shows now, for the output of a command. */
export const printed = ({ state, punch, system }: Site, readAt = now()) => ({
  state,
  punch,
  readAt,
  change: { system },
});
/** The output of the command that reads. */
export const look = (site: Site, readAt = now()) => readOutput(printed(site, readAt));

/** Pastes a text into a step. */
export async function paste({ engine, operator }: Scenario, id: string, stepId: string, text: string) {
  return pasteOutputOn(engine, operator, { migrationId: id, stepId, seenVersion: await versionOf(id), text });
}

/** Declares everything that the step shows, and what cannot be read here. */
export async function declare({ operator, engine }: Scenario, id: string, stepId: string): Promise<void> {
  const live = await liveOn(engine.systems, operator, id);
  for (const { subject, attestedBy } of live.attestations) {
    if (attestedBy !== null) continue;
    const seenVersion = await versionOf(id);
    await attest(operator, {
      migrationId: id,
      stepId,
      seenVersion,
      subject,
      note: `seen on ${new Date().toISOString().slice(0, 10)}`,
      withdraw: false,
    });
  }
}

/** Pastes a look and presses the button. */
export async function step(scenario: Scenario, id: string, stepId: string, site: Site) {
  await declare(scenario, id, stepId);
  const view = await getMigration(scenario.operator, id);
  const kind = view.steps.find((one) => one.id === stepId)?.kind;
  const kept = await paste(scenario, id, stepId, look(site));
  return kind === "gate" ? kept : press(scenario, id, stepId);
}

/** Declares and confirms that all clients are stopped. */
export async function stopAll(scenario: Scenario, id: string, site: Site): Promise<void> {
  await declare(scenario, id, "stop");
  await paste(scenario, id, "stop", look(site));
  expect(await press(scenario, id, "stop")).toMatchObject({ state: "done" });
}

/** Walks to-timelock up to the invalidation. */
export async function walkToInvalidate(scenario: Scenario, id: string, site: Site): Promise<void> {
  expect(await step(scenario, id, "assess", site)).toMatchObject({ state: "done" });
  await stopAll(scenario, id, site);
  for (const stepId of ["claim", "take-ts", "fast-forward"])
    expect(await step(scenario, id, stepId, site)).toMatchObject({ state: "done" });
}
