import { decideRun, type Situation } from "#lib/engine/decide.ts";
import type { Finding } from "#lib/engine/finding.ts";
import type { JobState } from "#lib/engine/move-reading.ts";
import { collect, type Reading, type Role } from "#lib/engine/reading.ts";
import { stepOf, type Facts, type Targets, type World } from "#lib/engine/step.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import { healthy, known, NOW, targetsAt, TO_TIMELOCK, world } from "#lib/runbooks/testing.ts";
import type { BoundState } from "#lib/stores/schema.ts";

const [sequence] = targetsAt(TO_TIMELOCK).sequences;
const [store] = targetsAt(TO_TIMELOCK).stores;
if (!sequence || !store) throw new Error("no targets");

/** A bound as the source has it before the move. */
export const READABLE: BoundState = { state: "readable", bound: 2_000_000n };
/** The one table of the plan. */
export const TABLE = {
  name: "app.orders",
  fate: "copied",
  reason: "A table of the service.",
  replaces: true,
} as const;
/** A move of a service that keeps its own bound. */
export const EMBEDDED: Targets = {
  ...targetsAt(TO_TIMELOCK),
  stores: [
    store,
    { ...store, role: "destination", storeId: "00000000-0000-4000-8000-000000000009", label: "new-db" },
  ],
  sequences: [],
  move: { tables: [TABLE], dropped: [{ name: "app.orders", versions: 7, bytes: null }] },
};
/** The same move of a service on TimeLock. */
export const ON_TIMELOCK: Targets = {
  ...EMBEDDED,
  sequences: [
    { ...sequence, role: "destination" },
    { ...sequence, role: "source" },
  ],
};

/** What the steps before the copy have fixed. */
export const VALUES = { X: 2_000_000n, S: 2_000_001n, C: 2_000_002n };

/** A reading as of one side of the move. */
export function at(role: Role, one: Reading): Reading {
  return { ...one, key: `${one.key.split("@")[0]}@${role}` };
}

/** How a job stands: complete, unless something else is said. */
export const job = (kind: "move.copy" | "move.comparison", change: Partial<JobState>) =>
  known({
    kind,
    job: {
      run: "r",
      state: "complete",
      shards: { done: 1, failed: 0, total: 1 },
      counts: { ...NO_COUNTS, versions: 10, cells: 7, older: 3 },
      failures: [],
      ...change,
    },
  });
/** What stands in the destination for S. */
export const commitOf = (commit: bigint | null) =>
  known({ kind: "move.commit", commit: { start: 2_000_001n, commit } });
/** The destination's tables against the plan. */
export const tables = (
  drops: readonly string[],
  filled: readonly string[] = [],
  filledSince: readonly string[] | null = [],
) =>
  known({
    kind: "move.tables",
    tables: {
      differences: [],
      differenceCount: 0,
      drops: [...drops],
      filledSince: filledSince === null ? null : [...filledSince],
      filled: [...filled],
      writers: { holding: 0, silent: [] },
    },
  });

/** What an assessment found. */
export const assessment = (findings: readonly Finding[] = []) =>
  known({
    kind: "move.assessment",
    assessment: {
      findings: [...findings],
      tables: [],
      dropped: [],
      total: { cells: null, bytes: null, duration: null },
      readAt: NOW,
    },
  });

/** Two quiet stores after a copy and a comparison that are complete. */
export function readings(change: readonly Reading[] = []): Reading[] {
  const from = healthy(READABLE, [], 1_900_000n);
  const to = healthy({ state: "no-row" }).map((one) => at("destination", one));
  return [
    ...collect(
      from,
      to,
      [
        assessment(),
        commitOf(2_000_002n),
        tables(["app.orders"]),
        job("move.copy", {}),
        job("move.comparison", {}),
      ],
      change,
    ).values(),
  ];
}

/** What the steps decide on: two quiet stores, with what differs. */
export function given(
  change: readonly Reading[] = [],
  facts: Partial<Facts> = {},
  targets = EMBEDDED,
): World {
  const base = world(readings(change), VALUES);
  const note = { by: "Olga", at: NOW, note: "on tape 4711 of 2026-11-20, restored once" };
  return {
    ...base,
    targets,
    facts: {
      ...base.facts,
      attested: new Map([...base.facts.attested, ["backup:source", note], ["backup:destination", note]]),
      finished: new Map([
        ["stop", { at: NOW, by: "Olga", readings: collect(readings()) }],
        ["set-up", { at: NOW, by: "Olga", readings: collect(readings()) }],
      ]),
      ...facts,
    },
  };
}

/** An open migration at a step. */
export function situation(current: string): Situation {
  const index = moveStore.steps.findIndex((step) => step.id === current);
  return {
    state: "open",
    version: 1,
    steps: moveStore.steps.map((step, position) => ({
      id: step.id,
      state: position < index ? "done" : "pending",
    })),
    openAttempt: null,
  };
}

/** What pressing a step comes to; the right words are typed. */
export function run(stepId: string, one: World) {
  const typedPhrase = stepOf(moveStore, stepId).phrase(one.targets);
  return decideRun(moveStore, situation(stepId), one, {
    stepId,
    seenVersion: 1,
    typedPhrase,
    by: "person",
    continues: false,
  });
}

/** What an act counts as by the readings alone. */
export function settled(stepId: string, one: World) {
  const step = stepOf(moveStore, stepId);
  if (step.kind !== "act") throw new Error("no act");
  return step.settled(one);
}
