import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { isJob } from "#lib/engine/operation.ts";
import { recoverMigrations } from "#lib/engine/recover.ts";
import { STAGES, type Engine, type Stage } from "#lib/engine/run-context.ts";
import type { Runbook, TimestampSource } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { abandonMigration } from "#lib/migrations/abandon-migration.ts";
import { createOn } from "#lib/migrations/create-migration.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import { Clients } from "#lib/migrations/testing-clients.ts";
import {
  finished,
  makeScenario,
  prepare,
  press,
  recordWorked,
  versionOf,
  type Scenario,
} from "#lib/migrations/testing.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { RUNBOOKS, runbookOf } from "#lib/runbooks/registry.ts";
import type { StoreKind } from "#lib/stores/schema.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

class Killed extends Error {}

const NAMES = ["orders", "sales", "shop"] as const;
const DISTURBED = ["lost-answer", "lost-before-commit", "lock-timeout"] as const;

type Command =
  | { readonly do: "press" }
  | { readonly do: "crash"; readonly at: Stage }
  | { readonly do: "recover" }
  | { readonly do: "allocate"; readonly count: number }
  | { readonly do: "change-leader" }
  | { readonly do: "lose-answer" }
  | { readonly do: "store-fault"; readonly kind: (typeof DISTURBED)[number] }
  | { readonly do: "undo"; readonly which: number }
  | { readonly do: "abandon" }
  | { readonly do: "open"; readonly which: number; readonly name: number };

const open: fc.Arbitrary<Command> = fc.record({
  do: fc.constant("open" as const),
  which: fc.nat(5),
  name: fc.nat(5),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 26, arbitrary: fc.constant({ do: "press" } as const) },
  { weight: 5, arbitrary: open },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const), at: fc.constantFrom(...STAGES) }) },
  { weight: 3, arbitrary: fc.constant({ do: "recover" } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("allocate" as const),
      count: fc.constantFrom(1, 100, 999_999, 1_500_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "change-leader" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "lose-answer" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("store-fault" as const), kind: fc.constantFrom(...DISTURBED) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("undo" as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constant({ do: "abandon" } as const) },
);

/** There and back without any trouble: whatever chance makes of the others, one chain gets somewhere. */
function calmChain(): Command[] {
  const toItsEnd = (which: number): Command[] => [
    { do: "open", which, name: 0 },
    ...Array.from({ length: 20 }, (): Command => ({ do: "press" })),
  ];
  return [...toItsEnd(0), ...toItsEnd(1)];
}

/** One service, its clients, and one migration after the other. The operator is careful; everything else may happen. */
class Chain {
  readonly clients: Clients;
  readonly finished: string[] = [];
  #scenario: Scenario;
  #source: TimestampSource = { source: "embedded" };
  #id: string | null = null;
  /** The clients were started where the open migration leads to, and nobody has confirmed it yet. */
  #ahead = false;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.clients = new Clients(scenario);
  }

  async begin(): Promise<void> {
    await this.clients.start(this.#source);
  }

  async run(one: Command): Promise<void> {
    const scenario = this.#scenario;
    switch (one.do) {
      case "open":
        return this.#open(one.which, one.name);
      case "press":
        return this.#press(scenario.engine);
      case "crash":
        return this.#press({
          ...scenario.engine,
          reached: async (stage) => {
            if (stage === one.at) throw new Killed();
          },
        });
      case "recover":
        await recoverMigrations(scenario.engine, scenario.worker);
        return;
      case "allocate":
        return this.clients.take(one.count);
      case "change-leader":
        return scenario.control.changeLeader();
      case "lose-answer":
        return scenario.control.loseNextAnswer("fastForward");
      case "store-fault":
        return failNextWrite(scenario, one.kind);
      case "undo":
        return this.#undo(one.which);
      case "abandon":
        return this.#abandon();
    }
  }

  async #open(which: number, name: number): Promise<void> {
    if ((await this.#current()) !== null) return;
    const fitting = RUNBOOKS.filter(({ offeredTo }) => offeredTo.includes(this.#source.source));
    const runbook = fitting[which % fitting.length];
    if (runbook === undefined) return;
    const { serviceId, clusterId } = this.#scenario.parts;
    const namespace = this.#namespaceFor(runbook, name);
    this.#scenario = { ...this.#scenario, runbook };
    const other =
      runbook.asks === "destination-store" ? { destinationStoreId: this.#scenario.destination.id } : {};
    try {
      const input = { serviceId, clusterId, runbook: runbook.id, namespace, ...other };
      const { id } = await createOn(this.#scenario.engine.systems, this.#scenario.operator, input);
      this.#id = id;
    } catch (error) {
      refusedOnly(error);
    }
  }

  #namespaceFor(runbook: Runbook, name: number): string {
    const renames = runbook.asks === "new-namespace" || runbook.id === "rename-and-move";
    if (!renames && this.#source.source === "timelock") return this.#source.namespace;
    return NAMES[name % NAMES.length] ?? "orders";
  }

  async #current(): Promise<string | null> {
    if (this.#id === null) return null;
    const { currentStep, state } = await getMigration(this.#scenario.operator, this.#id);
    return state === "open" ? currentStep : null;
  }

  async #press(engine: Engine): Promise<void> {
    const stepId = await this.#current();
    const id = this.#id;
    if (stepId === null || id === null) return;
    const scenario = this.#scenario;
    try {
      const { openAttempt } = (await loadMigration(database(), id)).situation;
      if (openAttempt !== null && isJob(openAttempt.operation)) {
        await finished(scenario, id, { state: "running", because: "" });
        return;
      }
      if (["one-client-fails", "invalidate-source"].includes(stepId)) {
        const seenVersion = await versionOf(id);
        await skipStep(scenario.operator, { migrationId: id, stepId, seenVersion, reason: "tried" });
        return;
      }
      if (stepId === "start") await this.#startAhead(id);
      else if (stepId !== "assess") this.#stop();
      if (stepId === "start") await recordWorked(scenario, id, stepId);
      else await prepare(scenario, id, stepId);
      const pressed = await press(scenario, id, stepId, { engine });
      const { state } = await finished(scenario, id, pressed);
      if (stepId === "start" && state === "done") this.#arrived();
    } catch (error) {
      refusedOnly(error);
      if (stepId === "start" && (await this.#current()) === null) this.#arrived();
    }
  }

  #stop(): void {
    this.clients.stop();
  }

  async #startAhead(id: string): Promise<void> {
    const { runbook, targets } = await loadMigration(database(), id);
    if (moves(runbook)) this.clients.use(elsewhere(this.#scenario));
    if (!this.#ahead || !this.clients.running) await this.clients.start(runbook.leadsTo(targets));
    this.#ahead = true;
    this.#leadsTo = runbook.leadsTo(targets);
    this.clients.take(10);
  }

  #leadsTo: TimestampSource = { source: "embedded" };

  #arrived(): void {
    this.#source = this.#leadsTo;
    this.#ahead = false;
    if (moves(this.#scenario.runbook)) this.#scenario = elsewhere(this.#scenario);
    this.finished.push(this.#scenario.runbook.id);
  }

  async #undo(which: number): Promise<void> {
    if ((await this.#current()) === null || this.#id === null) return;
    const { runbook, engine, operator } = this.#scenario;
    const able = runbook.steps.filter(({ undo }) => undo.kind !== "none");
    const step = able[which % able.length];
    if (step === undefined) return;
    await undoStepOn(engine, operator, {
      migrationId: this.#id,
      stepId: step.id,
      seenVersion: await versionOf(this.#id),
      reason: "changed our minds",
    }).catch(refusedOnly);
  }

  /** Nobody gives up a migration whose clients have been started on the new sequence. */
  async #abandon(): Promise<void> {
    if ((await this.#current()) === null || this.#id === null || this.#ahead) return;
    const { operator } = this.#scenario;
    const { version, service } = await getMigration(operator, this.#id);
    try {
      await abandonMigration(operator, {
        migrationId: this.#id,
        seenVersion: version,
        reason: "another day",
        typedPhrase: service.name,
      });
      this.#id = null;
      await this.clients.start(this.#source);
    } catch (error) {
      refusedOnly(error);
    }
  }

  checkOrder(): void {
    const { issued } = this.clients;
    const last = issued.at(-1);
    const before = issued.at(-2);
    if (last && before && last.first <= before.last)
      throw new Error(`${last.first} was issued after ${before.last}`);
  }

  /** At most one sequence can be started on, and at most one attempt is open. */
  async checkOneBound(): Promise<void> {
    if (this.#id === null) return;
    const attempts = await database().migrationAttempt.count({
      where: { migrationId: this.#id, state: { in: ["intended", "uncertain"] } },
    });
    if (attempts > 1) throw new Error(`${attempts} attempts are open`);
    if (attempts > 0) return;
    const { steps } = await loadMigration(database(), this.#id);
    const done = (id: string) => steps.some((step) => step.id === id && step.state === "done");
    const { state } = this.#scenario.store.state;
    const readable = state === "readable";
    const { id } = this.#scenario.runbook;
    if (id === "to-timelock" && done("invalidate") && readable)
      throw new Error("invalidated, and still readable");
    if (id === "from-timelock" && done("set-bound") && !readable) throw new Error(`set, and ${state}`);
    if (id === "rename-namespace" && readable) throw new Error("a service on TimeLock with a readable bound");
  }
}

function moves({ asks }: Runbook): boolean {
  return asks === "destination-store";
}

/** The same service with its data in the other store, from where it may be moved back. */
function elsewhere(scenario: Scenario): Scenario {
  const { parts, store, destination } = scenario;
  return {
    ...scenario,
    parts: { ...parts, storeId: destination.id },
    store: destination.store,
    destination: { ...destination, id: parts.storeId, store },
  };
}

function failNextWrite({ store }: Scenario, kind: (typeof DISTURBED)[number]): void {
  for (const name of ["invalidate", "restore"] as const) {
    const original = store[name].bind(store) as (...parts: unknown[]) => Promise<never>;
    store[name] = async (...parts: unknown[]) => {
      store[name] = original;
      store.faults.push({ kind });
      return original(...parts);
    };
  }
}

function refusedOnly(error: unknown): void {
  if (!(error instanceof AppError || error instanceof Killed)) throw error;
}

const arrivals = new Map<StoreKind, string[]>();

test.each<[StoreKind, number]>([
  ["postgres", 4],
  ["cassandra", 4],
])(
  "on %s, over random chains of migrations with clients, crashes and retries, no timestamp is issued twice or out of order, and at most one bound is readable",
  { timeout: 600_000 },
  async (kind, numRuns) => {
    const arrived: string[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 60, maxLength: 80 }), async (commands) => {
        const scenario = await makeScenario(undefined, { kind });
        const chain = new Chain({ ...scenario, runbook: runbookOf("to-timelock") });
        await chain.begin();
        for (const one of commands) {
          await chain.run(one);
          chain.checkOrder();
          await chain.checkOneBound();
        }
        arrived.push(...chain.finished);
        await database().migration.updateMany({
          data: { state: "abandoned", endedAt: new Date() },
          where: { state: { in: ["open", "watching"] } },
        });
      }),
      { numRuns, endOnFailure: true, examples: [[calmChain()]] },
    );
    arrivals.set(kind, arrived);
    // Chains that never get anywhere would prove nothing.
    expect(arrived).toContain("to-timelock");
  },
);

test("the chains went back and forth", () => {
  expect([...arrivals.values()].flat().filter((id) => id !== "to-timelock")).not.toEqual([]);
});
