import { putPolicy, signedIn } from "#lib/approvals/testing.ts";
import { database } from "#lib/db/client.ts";
import { currentStep } from "#lib/engine/decide.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import type { Outcome } from "#lib/engine/settle.ts";
import type { Runbook, Step, Targets } from "#lib/engine/step.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { makeInventory, storeFields } from "#lib/inventory/testing.ts";
import { probeCounter } from "#lib/engine/probe-ledger.ts";
import type { Role } from "#lib/engine/reading.ts";
import { settleMigration } from "#lib/engine/recover.ts";
import { attest } from "#lib/migrations/attest.ts";
import { createOn } from "#lib/migrations/create-migration.ts";
import { workOn } from "#lib/migrations/duties/move-jobs.ts";
import { liveOn } from "#lib/migrations/get-migration-live.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import { recordSmokeTest } from "#lib/migrations/record-smoke-test.ts";
import { runStepOn } from "#lib/migrations/run-step.ts";
import type { CreateMigrationInput } from "#lib/migrations/schema.ts";
import { FakeMove } from "#lib/migrations/testing-move.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { memorySide } from "#lib/mover/testing-side.ts";
import type { Context } from "#lib/people/actor.ts";
import { makePerson, systemContext } from "#lib/people/testing.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";
import { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";
import type { BoundState, StoreKind } from "#lib/stores/schema.ts";
import { createFakeTimelock, type FakeControl } from "#lib/timelock/fake-timelock.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

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

/** The runbooks with the namespace that a person chooses for each, and what its service looks like before. */
export type RunbookId =
  | "to-timelock"
  | "from-timelock"
  | "rename-namespace"
  | "rename-and-move"
  | "move-store";
export const NEW_NAMESPACE = "orders-new";

/** A service on fakes with an operator, before any migration. `runbook`: the one that `open` opens. */
export type Scenario = {
  readonly parts: Awaited<ReturnType<typeof makeInventory>>;
  readonly store: FakeBoundStore;
  readonly control: FakeControl;
  readonly engine: Engine;
  readonly operator: Context;
  readonly worker: Context;
  readonly runbook: Runbook;
  /** The service keeps its own bound before the migration. */
  readonly isEmbedded: boolean;
  /** Where a store is moved to; its row in the inventory is made for every scenario. */
  readonly destination: { readonly id: string; readonly store: FakeBoundStore; readonly move: FakeMove };
};

export const workerContext: Context = {
  actor: { kind: "worker", id: "test" },
  sourceAddress: null,
  requestId: "worker-test",
};

/** What is different about a scenario. */
export type ScenarioChange = {
  readonly runbook?: RunbookId;
  readonly kind?: StoreKind;
  /** The service keeps its own bound, whatever the runbook. */
  readonly embedded?: boolean;
};

/** A service that has been on TimeLock for a while: its bound kept, and a thousand timestamps issued above it. */
const ON_TIMELOCK: BoundState = { state: "invalidated", kept: 1_010_001n };

/**
 * Makes inventory and fakes; the policy asks nobody until another one is put. The quiet window is one second, which `settleDown` makes pass.
 * For a runbook that leaves TimeLock the service is there already.
 */
export async function makeScenario(state?: BoundState, change: ScenarioChange = {}): Promise<Scenario> {
  const runbook = runbookOf(change.runbook ?? "to-timelock");
  const leaves = runbook.id !== "to-timelock" && change.embedded !== true;
  const parts = await makeInventory();
  await database().environment.update({
    where: { id: parts.environmentId },
    data: { quietWindowSeconds: 1 },
  });
  const first: BoundState = leaves ? ON_TIMELOCK : { state: "readable", bound: 1_010_001n };
  const store = new FakeBoundStore(state ?? first, change.kind === undefined ? {} : { kind: change.kind });
  const { timelock, control } = createFakeTimelock();
  if (leaves) {
    await recordOnTimelock(parts);
    control.allocateElsewhere(NAMESPACE, 1_011_001);
  }
  const kept = { ...timelock, close: async () => undefined };
  const { id } = await createStore(systemContext, storeFields(parts.environmentId));
  const there = new FakeBoundStore({ state: "no-row" }, { name: "other" });
  const destination = { id, store: there, move: new FakeMove() };
  const systems = {
    openStore: async (storeId: string) => (storeId === id ? there : store),
    openTimelock: async () => kept,
    openMove: async ({ sequences, stores }: Targets) => {
      const to = sequences.find(({ role }) => role === "destination");
      destination.move.sides = {
        source: sideOf("source"),
        destination: sideOf("destination"),
        countProbe: to === undefined ? undefined : probeCounter(kept, to, "S and C of a move"),
      };
      return destination.move;

      function sideOf(at: Role): MoveSide {
        const namespace = sequences.find(({ role }) => role === at)?.namespace;
        const timestamps =
          namespace === undefined
            ? {}
            : { timestamps: { kind: "timelock", timelock: kept, namespace } as const };
        const isOther = stores.some(({ role, storeId }) => role === at && storeId === id);
        return memorySide(at, isOther ? there : store, timestamps);
      }
    },
  };
  await putPolicy(parts.environmentId);
  const operator = await signedIn(
    await makePerson("Olga", [{ role: "operator", environmentId: parts.environmentId }]),
  );
  return {
    parts,
    store,
    control,
    engine: { systems },
    operator,
    worker: workerContext,
    runbook,
    isEmbedded: !leaves,
    destination,
  };
}

async function recordOnTimelock({ serviceId, clusterId }: Scenario["parts"]): Promise<void> {
  await database().service.update({
    where: { id: serviceId },
    data: { timestampSource: "timelock", clusterId, namespace: NAMESPACE },
  });
}

/** What a person chooses in the wizard for a scenario. */
export function chosen({ parts, runbook, destination, isEmbedded }: Scenario): CreateMigrationInput {
  const namespace = namespaceAfter(runbook);
  const { serviceId, clusterId } = parts;
  const other = runbook.asks === "destination-store" ? { destinationStoreId: destination.id } : {};
  // A service that keeps its own bound on both sides has no sequence to choose.
  const place = runbook.asks === "destination-store" && isEmbedded ? {} : { clusterId, namespace };
  return { serviceId, runbook: runbook.id, ...place, ...other };
}

/** Opens the migration of a scenario. */
export async function open(scenario: Scenario): Promise<string> {
  const { id } = await createOn(scenario.engine.systems, scenario.operator, chosen(scenario));
  return id;
}

/** Where an open migration stands now, without all that its page shows. */
export async function stepNow(id: string): Promise<string | null> {
  const { runbook, steps, situation } = await loadMigration(database(), id);
  const isOver = situation.state === "done" || situation.state === "abandoned";
  return isOver ? null : (currentStep(runbook, steps)?.id ?? null);
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
  const { runbook, targets, situation } = await loadMigration(database(), id);
  const step = runbook.steps.find((one) => one.id === stepId);
  const phrase =
    step?.inputs.includes("typed-phrase") === true ? (step.phrase(targets) ?? undefined) : undefined;
  return runStepOn(change.engine ?? scenario.engine, scenario.operator, {
    migrationId: id,
    stepId,
    seenVersion: change.seenVersion ?? situation.version,
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
      note: `seen on ${new Date().toISOString().slice(0, 10)}`,
      withdraw: false,
    });
  }
}

/** Lets the quiet window pass: every sample and every probe was taken half a minute earlier. */
export async function settleDown(id: string): Promise<void> {
  await database().$executeRaw`
    UPDATE migration_sample SET at = at - interval '30 seconds' WHERE migration_id = ${id}::uuid`;
  await database().$executeRaw`
    UPDATE migration SET started_at = started_at - interval '30 seconds' WHERE id = ${id}::uuid`;
  await database().$executeRaw`
    UPDATE timelock_probe SET sent_at = sent_at - interval '30 seconds', answered_at = answered_at - interval '30 seconds'
    WHERE cluster_id::text IN (SELECT jsonb_array_elements(targets->'sequences')->>'clusterId'
      FROM migration WHERE id = ${id}::uuid)`;
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
export async function prepare(scenario: Scenario, id: string, stepId: string): Promise<void> {
  switch (stepId) {
    case "assess":
      if (scenario.runbook.id === "from-timelock") await declareAll(scenario, id, stepId);
      return;
    case "stop":
      await declareAll(scenario, id, stepId);
      // The first look, and for a service on TimeLock the first timestamp; the step's own press makes the second.
      await press(scenario, id, stepId).catch(() => undefined);
      await settleDown(id);
      return;
    case "backups":
      await declareAll(scenario, id, stepId);
      return;
    case "configure":
      await configureAll(scenario, id);
      await declareAll(scenario, id, stepId);
      return;
    case "start":
      startClients(scenario);
      await recordWorked(scenario, id, stepId);
      return;
    default:
      return;
  }
}

/** Records a smoke test that worked. */
export async function recordWorked(scenario: Scenario, id: string, stepId: string): Promise<void> {
  await recordSmokeTest(scenario.operator, {
    migrationId: id,
    stepId,
    seenVersion: await versionOf(id),
    tried: "placed an order",
    passed: true,
  });
}

/** What a press comes to where it only started a job: a worker carries it on, and the next round settles it. */
export async function finished(scenario: Scenario, id: string, outcome: Outcome): Promise<Outcome> {
  if (outcome.state !== "running") return outcome;
  await workOn(scenario.engine, id, "test", AbortSignal.timeout(60_000));
  return (await settleMigration(scenario.engine, scenario.worker, id)) ?? outcome;
}

/** Clients start where the runbook leads to, take ten timestamps and punch the last. */
export function startClients(scenario: Scenario): { first: bigint; last: bigint } {
  const { runbook, control, destination } = scenario;
  const store = runbook.asks === "destination-store" ? destination.store : scenario.store;
  const isEmbedded = runbook.id === "from-timelock" || destination.store.state.state === "readable";
  const last = isEmbedded ? startEmbedded(store) : control.allocateElsewhere(namespaceAfter(runbook), 10);
  store.punch = { found: "punch", timestamp: last, wallMillis: 1n, rawRow: "0x", rawValue: "0x" };
  return { first: last - 9n, last };
}

/** The one node allocates as AtlasDB does: above its bound, which it raises by the buffer first. Source: atlasdb-facts A.5 */
function startEmbedded(store: FakeBoundStore): bigint {
  const bound = store.embeddedBound();
  store.raiseEmbedded(bound, bound + 1n + ALLOCATION_BUFFER);
  return bound + 10n;
}

/** The namespace that clients are on once a migration to or within TimeLock is done. */
export function namespaceAfter(runbook: Runbook): string {
  const renames = runbook.id === "rename-namespace" || runbook.id === "rename-and-move";
  return renames ? NEW_NAMESPACE : NAMESPACE;
}

/** The steps of a runbook that a person presses: the first of each unit. */
export function pressedSteps(runbook: Runbook): readonly Step[] {
  return runbook.steps.filter((step, index) => {
    const before = runbook.steps[index - 1];
    return !(step.kind === "act" && before?.kind === "act" && before.unit === step.unit);
  });
}

/** Walks a migration from its current step up to, and not including, a step, or to the watch. The steps of one unit are one press. */
export async function walkTo(scenario: Scenario, id: string, until: string): Promise<void> {
  for (const { id: stepId, optional } of pressedSteps(scenario.runbook)) {
    if (stepId === until || stepId === "watch") return;
    if ((await stepNow(id)) !== stepId) continue;
    if (optional) {
      const seenVersion = await versionOf(id);
      await skipStep(scenario.operator, { migrationId: id, stepId, seenVersion, reason: "tried elsewhere" });
      continue;
    }
    await prepare(scenario, id, stepId);
    // A step that had stood still long enough was through with its first look.
    if ((await stepNow(id)) !== stepId) continue;
    const outcome = await finished(scenario, id, await press(scenario, id, stepId));
    if (outcome.state !== "done") throw new Error(`${stepId} was ${outcome.state}: ${outcome.because}`);
  }
}
