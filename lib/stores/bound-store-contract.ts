import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import {
  afterInvalidate,
  afterRepair,
  afterRestore,
  describeBoundState,
  largestHeld,
  sameIdentity,
  type Transition,
} from "#lib/stores/bound-state.ts";
import type { BoundStore, WriteGuard } from "#lib/stores/bound-store.ts";
import type { BoundState, StoreKind, WriteOutcome } from "#lib/stores/schema.ts";

/**
 * What can go wrong with a write. `unreachable`: nothing is sent. `lock-timeout`: somebody holds the table. `lost-before-commit`: the
 * connection breaks and the write never arrives. `lost-answer`: the write is done, its answer is lost. `write-timeout`: the write is done,
 * but the server says that it timed out.
 */
export type ContractFault =
  | "unreachable"
  | "lock-timeout"
  | "lost-before-commit"
  | "lost-answer"
  | "write-timeout";

/** What a bound store brings to be held to the contract. */
export type BoundStoreHarness = {
  readonly store: BoundStore;
  /** Puts the store into a state from outside, as somebody else would. */
  readonly place: (state: BoundState) => Promise<void>;
  /** Makes the table another one of the same name and content. */
  readonly recreate: (state: BoundState) => Promise<void>;
  /** Breaks the next write in this way. */
  readonly breakNext: (fault: ContractFault) => Promise<void>;
  readonly stop: () => Promise<void>;
};

const BOUND = 1_010_001n;

/** What a store kind can be put into. `meanwhile`: what a readable bound may have become. */
export type ContractScope = {
  readonly states: readonly BoundState[];
  readonly meanwhile: readonly BoundState[];
  readonly faults: readonly ContractFault[];
};

/** Every state that a Postgres store can be in. */
const POSTGRES_STATES: readonly BoundState[] = [
  { state: "readable", bound: BOUND },
  { state: "readable", bound: 2n ** 53n + 1n },
  { state: "invalidated", kept: BOUND },
  { state: "no-row" },
  { state: "no-row-invalidated" },
  { state: "no-table" },
  { state: "several-rows", readable: true, values: [9_007_199_254_740_993n, 10_000n, 10_000n] },
  { state: "several-rows", readable: false, values: [5n, 3n] },
  { state: "both", rows: [{ bound: 10_000n, kept: BOUND }] },
  { state: "both", rows: [{ bound: BOUND, kept: null }] },
  {
    state: "both",
    rows: [
      { bound: 7n, kept: 5n },
      { bound: 6n, kept: 9n },
    ],
  },
  { state: "both", rows: [] },
];

/** Every state that a Cassandra store can be in, but the unrecognised. */
const CASSANDRA_STATES: readonly BoundState[] = [
  { state: "readable", bound: BOUND },
  { state: "readable", bound: 2n ** 53n + 1n },
  { state: "invalidated", kept: BOUND },
  { state: "no-row" },
  { state: "no-table" },
  { state: "both", rows: [{ bound: 10_000n, kept: BOUND }] },
  { state: "both", rows: [{ bound: BOUND, kept: 10_000n }] },
  { state: "both", rows: [{ bound: null, kept: BOUND }] },
  { state: "neither", tr: null },
  { state: "neither", tr: BOUND },
];

/** The scope of Postgres, and of the fake that plays it. */
export const POSTGRES_SCOPE: ContractScope = {
  states: POSTGRES_STATES,
  meanwhile: [
    { state: "readable", bound: BOUND + 1_000_000n },
    { state: "invalidated", kept: BOUND },
    { state: "no-row" },
    { state: "several-rows", readable: true, values: [BOUND, BOUND] },
  ],
  faults: ["unreachable", "lock-timeout", "lost-before-commit", "lost-answer"],
};

/** The scope of Cassandra, and of the fake that plays it. */
export const CASSANDRA_SCOPE: ContractScope = {
  states: CASSANDRA_STATES,
  meanwhile: [
    { state: "readable", bound: BOUND + 1_000_000n },
    { state: "invalidated", kept: BOUND },
    { state: "no-row" },
    { state: "both", rows: [{ bound: BOUND, kept: 5n }] },
    { state: "neither", tr: null },
  ],
  faults: ["unreachable", "lost-before-commit", "lost-answer", "write-timeout"],
};

type Act = {
  readonly name: string;
  readonly decide: (state: BoundState, kind: StoreKind) => Transition;
  readonly run: (store: BoundStore, guard: WriteGuard) => Promise<WriteOutcome>;
};

const ACTS: readonly Act[] = [
  { name: "invalidate", decide: afterInvalidate, run: (store, guard) => store.invalidate(guard) },
  ...[1_010_001n, 1_010_000n, 2n ** 62n].map((to) => ({
    name: `restore to ${to}`,
    decide: (state: BoundState) => afterRestore(state, to),
    run: (store: BoundStore, guard: WriteGuard) => store.restore(guard, to),
  })),
  ...(["readable", "invalidated"] as const).map((leave) => ({
    name: `repair, leave it ${leave}`,
    decide: (state: BoundState) => afterRepair(state, leave),
    run: (store: BoundStore, guard: WriteGuard) => store.repair(guard, leave),
  })),
];

/** Holds one implementation of `BoundStore` to what the port promises, from every state and under every fault. */
export function describeBoundStoreContract(
  name: string,
  start: () => Promise<BoundStoreHarness>,
  scope: ContractScope = POSTGRES_SCOPE,
): void {
  describe(`bound store contract: ${name}`, () => {
    let harness: BoundStoreHarness;
    beforeAll(async () => {
      harness = await start();
    });
    afterAll(async () => {
      await harness.stop();
    });
    describeReads(() => harness, scope.states);
    describeActs(() => harness, scope.states);
    describeGuards(() => harness, scope.meanwhile);
    describeFaults(() => harness, scope.faults);
  });
}

async function guardOf(store: BoundStore): Promise<WriteGuard> {
  const { identity, state } = await store.readBound();
  return { identity, expected: state };
}

async function failure(promise: Promise<unknown>): Promise<AdapterError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AdapterError);
  return error as AdapterError;
}

function describeReads(harness: () => BoundStoreHarness, states: readonly BoundState[]): void {
  test.each(states.map((state) => [describeBoundState(state), state] as const))(
    "reads a bound that is %s, the same each time",
    async (_name, state) => {
      const { store, place } = harness();
      await place(state);
      const first = await store.readBound();
      const again = await store.readBack();
      expect(first.state).toEqual(state);
      expect(first.provenance).toBe("observed");
      expect(again.length).toBeGreaterThan(0);
      for (const reading of again) {
        expect(reading.state).toEqual(state);
        expect(sameIdentity(reading.identity, first.identity)).toBe(true);
      }
    },
  );

  test("punch, transactions, sessions, rights and connection can be read and change nothing", async () => {
    const { store, place } = harness();
    const state: BoundState = { state: "readable", bound: BOUND };
    await place(state);
    expect((await store.readPunch()).provenance).toBe("observed");
    expect(["present", "absent"]).toContain((await store.readTransactionsMark()).table);
    expect(["seen", "partial", "unknown"]).toContain((await store.readSessions()).knowledge);
    expect((await store.readRights()).findings.filter(({ verdict }) => verdict === "blocking")).toEqual([]);
    expect((await store.testConnection()).ok).toBe(true);
    expect((await store.readBound()).state).toEqual(state);
  });
}

function describeActs(harness: () => BoundStoreHarness, states: readonly BoundState[]): void {
  const cases = states.flatMap((state) =>
    ACTS.map((act) => [act.name, describeBoundState(state), act, state] as const),
  );
  test.each(cases)("%s from a bound that is %s", async (_act, _state, act, state) => {
    const { store, place } = harness();
    await place(state);
    const outcome = await act.run(store, await guardOf(store));
    const decision = act.decide(state, store.kind);
    const views = await store.readBack();
    const now = views[0]?.state;
    expect(outcome).toMatchObject(
      decision.ok
        ? { outcome: "applied", before: state, after: decision.after }
        : { outcome: "refused", reason: decision.reason, found: state },
    );
    for (const view of views) expect(view.state).toEqual(decision.ok ? decision.after : state);
    const before = largestHeld(state);
    const after = now === undefined ? null : largestHeld(now);
    expect(before === null || (after !== null && after >= before)).toBe(true);
  });
}

function describeGuards(harness: () => BoundStoreHarness, states: readonly BoundState[]): void {
  const readable: BoundState = { state: "readable", bound: BOUND };

  test.each<BoundState>([...states])(
    "refuses every write when the bound has become $state meanwhile",
    async (meanwhile) => {
      const { store, place } = harness();
      await place(readable);
      const guard = await guardOf(store);
      await place(meanwhile);
      const current = { identity: (await store.readBound()).identity, expected: guard.expected };
      for (const act of ACTS) {
        expect(await act.run(store, current)).toMatchObject({
          outcome: "refused",
          reason: "state-changed",
          found: meanwhile,
        });
      }
      expect((await store.readBound()).state).toEqual(meanwhile);
    },
  );

  test("refuses when the table was dropped and made again, though it holds the same", async () => {
    const { store, place, recreate } = harness();
    await place(readable);
    const guard = await guardOf(store);
    await recreate(readable);
    const outcome = await store.invalidate(guard);
    expect(outcome).toMatchObject({ outcome: "refused", reason: "identity-changed", found: readable });
    expect((await store.readBound()).state).toEqual(readable);
  });

  test("refuses another store's identity", async () => {
    const { store, place } = harness();
    await place(readable);
    const { identity, expected } = await guardOf(store);
    for (const other of [
      { system: "another" },
      { database: "another" },
      { schema: "another" },
      { table: "another" },
    ]) {
      const outcome = await store.invalidate({ identity: { ...identity, ...other }, expected });
      expect(outcome).toMatchObject({ outcome: "refused", reason: "identity-changed" });
    }
  });

  test("a write that is repeated is refused and harms nothing", async () => {
    const { store, place } = harness();
    await place(readable);
    const guard = await guardOf(store);
    expect(await store.invalidate(guard)).toMatchObject({ outcome: "applied" });
    expect(await store.invalidate(guard)).toMatchObject({
      outcome: "refused",
      found: { state: "invalidated", kept: BOUND },
    });
  });

  test("undo gives back exactly what was", async () => {
    const { store, place } = harness();
    await place(readable);
    const before = await store.readBound();
    await store.invalidate({ identity: before.identity, expected: before.state });
    await store.restore(await guardOf(store), BOUND);
    const after = await store.readBound();
    expect(after.state).toEqual(before.state);
    expect(after.identity).toEqual(before.identity);
  });
}

function describeFaults(harness: () => BoundStoreHarness, faults: readonly ContractFault[]): void {
  const readable: BoundState = { state: "readable", bound: BOUND };
  const invalidated: BoundState = { state: "invalidated", kept: BOUND };

  const cases = [
    ["unreachable", "none", readable],
    ["lock-timeout", "none", readable],
    ["lost-before-commit", "unknown", readable],
    ["lost-answer", "unknown", invalidated],
    ["write-timeout", "unknown", invalidated],
  ] as const;

  test.each(cases.filter(([fault]) => faults.includes(fault)))(
    "%s: effect %s, and a read-back settles it",
    async (fault, effect, left) => {
      const { store, place, breakNext } = harness();
      await place(readable);
      const guard = await guardOf(store);
      await breakNext(fault);
      expect((await failure(store.invalidate(guard))).effect).toBe(effect);
      const views = await store.readBack();
      expect(views.length).toBeGreaterThan(0);
      for (const { state } of views) expect(state).toEqual(left);
    },
  );

  test("unreachable: reads throw effect none", async () => {
    const { store, breakNext } = harness();
    await breakNext("unreachable");
    expect((await failure(store.readBound())).effect).toBe("none");
  });
}
