import { putPolicy, signedIn } from "#lib/approvals/testing.ts";
import { database } from "#lib/db/client.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import type { Outcome } from "#lib/engine/settle.ts";
import { makeInventory } from "#lib/inventory/testing.ts";
import { attest } from "#lib/migrations/attest.ts";
import { createOn } from "#lib/migrations/create-migration.ts";
import { liveOn } from "#lib/migrations/get-migration-live.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { recordSmokeTest } from "#lib/migrations/record-smoke-test.ts";
import { runStepOn } from "#lib/migrations/run-step.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import type { Context } from "#lib/people/actor.ts";
import { makePerson } from "#lib/people/testing.ts";
import { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { createFakeTimelock, type FakeControl } from "#lib/timelock/fake-timelock.ts";

export const NAMESPACE = "orders";

/** The steps of to-timelock in order. */
export const STEPS = [
  "assess",
  "stop",
  "claim",
  "take-ts",
  "fast-forward",
  "invalidate",
  "forward-kept",
  "one-client-fails",
  "configure",
  "start",
  "watch",
] as const;
export type StepId = (typeof STEPS)[number];

/** A service on fakes with an operator, before any migration. */
export type Scenario = {
  readonly parts: Awaited<ReturnType<typeof makeInventory>>;
  readonly store: FakeBoundStore;
  readonly control: FakeControl;
  readonly engine: Engine;
  readonly operator: Context;
  readonly worker: Context;
};

export const workerContext: Context = {
  actor: { kind: "worker", id: "test" },
  sourceAddress: null,
  requestId: "worker-test",
};

/** Makes inventory and fakes; the policy asks nobody until another one is put. The quiet window is one second, which `settleDown` makes pass. */
export async function makeScenario(
  state: BoundState = { state: "readable", bound: 1_010_001n },
): Promise<Scenario> {
  const parts = await makeInventory();
  await database().environment.update({
    where: { id: parts.environmentId },
    data: { quietWindowSeconds: 1 },
  });
  const store = new FakeBoundStore(state);
  const { timelock, control } = createFakeTimelock();
  const kept = { ...timelock, close: async () => undefined };
  const systems = { openStore: async () => store, openTimelock: async () => kept };
  await putPolicy(parts.environmentId);
  const operator = await signedIn(
    await makePerson("Olga", [{ role: "operator", environmentId: parts.environmentId }]),
  );
  return { parts, store, control, engine: { systems }, operator, worker: workerContext };
}

/** Opens the migration of a scenario. */
export async function open(scenario: Scenario): Promise<string> {
  const { serviceId, clusterId } = scenario.parts;
  const input = { serviceId, clusterId, runbook: "to-timelock", namespace: NAMESPACE };
  const { id } = await createOn(scenario.engine.systems, scenario.operator, input);
  return id;
}

/** The migration's version now. */
export async function versionOf(id: string): Promise<number> {
  const { version } = await database().migration.findUniqueOrThrow({
    where: { id },
    select: { version: true },
  });
  return version;
}

/** Presses the button of a step. */
export async function press(
  scenario: Scenario,
  id: string,
  stepId: string,
  change: { readonly engine?: Engine; readonly seenVersion?: number; readonly typedPhrase?: string } = {},
): Promise<Outcome> {
  const view = await getMigration(scenario.operator, id);
  const phrase = view.steps.find((step) => step.id === stepId)?.typedPhrase ?? undefined;
  return runStepOn(change.engine ?? scenario.engine, scenario.operator, {
    migrationId: id,
    stepId,
    seenVersion: change.seenVersion ?? view.version,
    ...(phrase === undefined ? {} : { typedPhrase: change.typedPhrase ?? phrase }),
  });
}

/** Makes every declaration that the current step asks for. */
export async function declareAll(scenario: Scenario, id: string, stepId: string): Promise<void> {
  const live = await liveOn(scenario.engine.systems, scenario.operator, id);
  for (const { subject } of live.attestations) {
    await attest(scenario.operator, {
      migrationId: id,
      stepId,
      seenVersion: await versionOf(id),
      subject,
      note: "seen",
      withdraw: false,
    });
  }
}

/** Lets the quiet window pass: every sample was taken a minute earlier. */
export async function settleDown(id: string): Promise<void> {
  await database().$executeRaw`
    UPDATE migration_sample SET at = at - interval '30 seconds' WHERE migration_id = ${id}::uuid`;
}

/** Makes every node's configuration count as checked and fine. */
export async function configureAll(scenario: Scenario, id: string): Promise<void> {
  const nodes = await database().serviceNode.findMany({ where: { serviceId: scenario.parts.serviceId } });
  await database().migrationConfiguration.createMany({
    data: nodes.map((node) => ({
      migrationId: id,
      nodeId: node.id,
      install: "",
      runtime: "",
      findings: [],
      checkedBy: "test",
    })),
    skipDuplicates: true,
  });
}

/** What a person does before the button of a step can be pressed. */
export async function prepare(scenario: Scenario, id: string, stepId: StepId): Promise<void> {
  const { operator } = scenario;
  switch (stepId) {
    case "stop":
      await declareAll(scenario, id, stepId);
      await press(scenario, id, stepId).catch(() => undefined);
      await settleDown(id);
      return;
    case "configure":
      await configureAll(scenario, id);
      return;
    case "start": {
      const last = scenario.control.allocateElsewhere(NAMESPACE, 10);
      scenario.store.punch = {
        found: "punch",
        timestamp: last,
        wallMillis: 1n,
        rawRow: "0x",
        rawValue: "0x",
      };
      await recordSmokeTest(operator, {
        migrationId: id,
        stepId,
        seenVersion: await versionOf(id),
        tried: "placed an order",
        passed: true,
      });
      return;
    }
    default:
      return;
  }
}

/** Walks a migration up to, and not including, a step. The steps of one unit are one press. */
export async function walkTo(scenario: Scenario, id: string, until: StepId | "end"): Promise<void> {
  for (const stepId of STEPS) {
    if (stepId === until || stepId === "watch") return;
    if (stepId === "forward-kept") continue;
    if (stepId === "one-client-fails") {
      const seenVersion = await versionOf(id);
      await skipStep(scenario.operator, { migrationId: id, stepId, seenVersion, reason: "tried elsewhere" });
      continue;
    }
    await prepare(scenario, id, stepId);
    const outcome = await press(scenario, id, stepId);
    if (outcome.state !== "done") throw new Error(`${stepId} was ${outcome.state}: ${outcome.because}`);
  }
}
