import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { recoverMigrations } from "#lib/engine/recover.ts";
import { STAGES, type Engine, type Stage } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import {
  makeScenario,
  NAMESPACE,
  open,
  prepare,
  press,
  STEPS,
  versionOf,
  type Scenario,
  type StepId,
} from "#lib/migrations/testing.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

class Killed extends Error {}

/** An embedded AtlasDB client on the fake store: it serves from its bound without a write, and raises it by the buffer. Source: atlasdb-facts A.5 */
class EmbeddedClient {
  #bound: bigint | null = null;
  #counter = 0n;

  start(scenario: Scenario): boolean {
    try {
      this.#bound = scenario.store.embeddedBound();
    } catch {
      return false;
    }
    this.#counter = this.#bound;
    return true;
  }

  stop(): void {
    this.#bound = null;
  }

  /** The last of `count` new timestamps; null when the client is not running or dies of the store. */
  allocate(scenario: Scenario, count: bigint): { readonly first: bigint; readonly last: bigint } | null {
    if (this.#bound === null) return null;
    const last = this.#counter + count;
    if (last > this.#bound) {
      try {
        scenario.store.raiseEmbedded(this.#bound, last + ALLOCATION_BUFFER);
      } catch {
        this.#bound = null;
        return null;
      }
      this.#bound = last + ALLOCATION_BUFFER;
    }
    const first = this.#counter + 1n;
    this.#counter = last;
    return { first, last };
  }
}

type Command =
  | { readonly do: "press" }
  | { readonly do: "crash"; readonly at: Stage }
  | { readonly do: "recover" }
  | { readonly do: "allocate"; readonly count: number }
  | { readonly do: "change-leader" }
  | { readonly do: "lose-answer" }
  | { readonly do: "store-fault"; readonly kind: "lost-answer" | "lost-before-commit" | "lock-timeout" }
  | { readonly do: "undo" }
  | { readonly do: "retake" };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 16, arbitrary: fc.constant({ do: "press" } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("crash" as const), at: fc.constantFrom(...STAGES) }) },
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
    arbitrary: fc.record({
      do: fc.constant("store-fault" as const),
      kind: fc.constantFrom("lost-answer" as const, "lost-before-commit" as const, "lock-timeout" as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "undo" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "retake" } as const) },
);

/** One service with its clients, one migration, and everything that was ever issued to the clients. */
class Walk {
  readonly issued: { first: bigint; last: bigint }[] = [];
  readonly client = new EmbeddedClient();
  readonly scenario: Scenario;
  readonly id: string;

  constructor(scenario: Scenario, id: string) {
    this.scenario = scenario;
    this.id = id;
  }

  async current(): Promise<StepId | null> {
    const { currentStep } = await getMigration(this.scenario.operator, this.id);
    return STEPS.find((one) => one === currentStep) ?? null;
  }

  async run(one: Command): Promise<void> {
    const { scenario, id } = this;
    switch (one.do) {
      case "press":
        return this.press(scenario.engine);
      case "crash":
        return this.press({
          ...scenario.engine,
          reached: async (stage) => {
            if (stage === one.at) throw new Killed();
          },
        });
      case "recover":
        await recoverMigrations(scenario.engine, scenario.worker);
        return;
      case "allocate":
        return this.allocate(one.count);
      case "change-leader":
        scenario.control.changeLeader();
        return;
      case "lose-answer":
        scenario.control.loseNextAnswer("fastForward");
        return;
      case "store-fault":
        return this.failNextWrite(one.kind);
      case "undo":
      case "retake":
        await undoStepOn(scenario.engine, scenario.operator, {
          migrationId: id,
          stepId: one.do === "undo" ? "invalidate" : "take-ts",
          seenVersion: await versionOf(id),
          reason: "changed our minds",
        }).catch(refusedOnly);
    }
  }

  failNextWrite(kind: "lost-answer" | "lost-before-commit" | "lock-timeout"): void {
    const { store } = this.scenario;
    for (const name of ["invalidate", "restore"] as const) {
      const original = store[name].bind(store) as (...parts: unknown[]) => Promise<never>;
      store[name] = async (...parts: unknown[]) => {
        store[name] = original;
        store.faults.push({ kind });
        return original(...parts);
      };
    }
  }

  async press(engine: Engine): Promise<void> {
    const { scenario, id } = this;
    const stepId = await this.current();
    if (stepId === null || stepId === "watch") return;
    // The operator stops the clients before saying so, and starts them on TimeLock only when the step asks for it.
    if (stepId !== "assess") this.client.stop();
    try {
      if (stepId === "one-client-fails") {
        await skipStep(scenario.operator, {
          migrationId: id,
          stepId,
          seenVersion: await versionOf(id),
          reason: "tried",
        });
        return;
      }
      if (stepId === "start") await this.allocate(10);
      await prepare(scenario, id, stepId);
      if (stepId === "start") this.issued.push(...(await this.readPrepared()));
      await press(scenario, id, stepId, { engine });
    } catch (error) {
      refusedOnly(error);
    }
  }

  /** `prepare` starts clients too: what they were given counts. */
  async readPrepared(): Promise<{ first: bigint; last: bigint }[]> {
    const { punch } = this.scenario.store;
    return punch.found === "punch" ? [{ first: punch.timestamp - 9n, last: punch.timestamp }] : [];
  }

  async allocate(count: number): Promise<void> {
    const stepId = await this.current();
    if (stepId === "assess") {
      const given = this.client.allocate(this.scenario, BigInt(count));
      if (given !== null) this.issued.push(given);
    }
    if (stepId === "start" || stepId === "watch") {
      const last = this.scenario.control.allocateElsewhere(NAMESPACE, count);
      this.issued.push({ first: last - BigInt(count) + 1n, last });
    }
  }

  check(): void {
    for (const [index, one] of this.issued.entries()) {
      const before = this.issued[index - 1];
      if (before && one.first <= before.last) throw new Error(`${one.first} was issued after ${before.last}`);
    }
  }

  async checkOneBound(): Promise<void> {
    const steps = await database().migrationStep.findMany({ where: { migrationId: this.id, state: "done" } });
    const invalidated = steps.some((step) => step.stepId === "invalidate");
    const open = await database().migrationAttempt.count({
      where: { migrationId: this.id, state: { in: ["intended", "uncertain"] } },
    });
    if (open > 1) throw new Error(`${open} attempts are open`);
    // An undo that is still open may have made the bound readable already: its step says done until it is settled.
    const { state } = this.scenario.store.state;
    if (invalidated && open === 0 && state !== "invalidated")
      throw new Error(`done, and the bound is ${state}`);
  }
}

function refusedOnly(error: unknown): void {
  if (!(error instanceof AppError || error instanceof Killed)) throw error;
}

test(
  "over random interleavings of clients, steps, crashes and retries no timestamp is issued twice or out of order, and at most one bound is readable",
  { timeout: 240_000 },
  async () => {
    let reachedTheStart = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 25, maxLength: 45 }), async (commands) => {
        const scenario = await makeScenario();
        const walk = new Walk(scenario, await open(scenario));
        walk.client.start(scenario);
        for (const one of commands) {
          await walk.run(one);
          walk.check();
          await walk.checkOneBound();
        }
        if (["start", "watch"].includes((await walk.current()) ?? "")) reachedTheStart += 1;
        await database().migration.updateMany({
          data: { state: "abandoned", endedAt: new Date() },
          where: { state: { in: ["open", "watching"] } },
        });
      }),
      { numRuns: 8 },
    );
    // A run that never gets anywhere would prove nothing.
    expect(reachedTheStart).toBeGreaterThan(0);
  },
);
