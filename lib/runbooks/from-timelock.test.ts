import { describe, expect, test } from "vitest";

import { decideRun, decideUndo, type Situation } from "#lib/engine/decide.ts";
import { makePlan, planText } from "#lib/engine/plan.ts";
import { collect, type Reading } from "#lib/engine/reading.ts";
import { stepOf, type Facts, type World } from "#lib/engine/step.ts";
import { fromTimelock } from "#lib/runbooks/from-timelock.ts";
import {
  bound,
  FROM_TIMELOCK,
  healthy,
  known,
  missing,
  NOW,
  punch,
  targetsAt,
  world,
} from "#lib/runbooks/testing.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";

const KEPT: BoundState = { state: "invalidated", kept: 1_010_001n };
const TS = 5_000_000n;
const N = 8_000_000n;

/** The readings of a healthy service on TimeLock; where each is said to stand in this runbook. */
function readings(state: BoundState, change: readonly Reading[] = []): Reading[] {
  const placed = (one: Reading): Reading => {
    const [kind] = one.key.split("@");
    const store = kind?.startsWith("store.") === true;
    return { ...one, key: `${kind}@${store ? FROM_TIMELOCK.store : FROM_TIMELOCK.sequence}` };
  };
  const names = known({ kind: "timelock.namespaces", names: ["orders"], majority: true, silent: [] });
  const stands = known({
    kind: "timelock.learned",
    state: "known",
    bound: 6_000_000n,
    reason: null,
    nodes: [],
  });
  return [...collect([...healthy(state), names, stands].map(placed), change.map(placed)).values()];
}

function fresh(value: bigint, ownProbes = 1n, leader = "a"): Reading {
  return known({ kind: "timelock.fresh", first: value, last: value, ownProbes, leader });
}

function at(current: string, state: Situation["state"] = "open"): Situation {
  const index = fromTimelock.steps.findIndex((step) => step.id === current);
  return {
    state,
    version: 1,
    steps: fromTimelock.steps.map((step, position) => ({
      id: step.id,
      state: position < index ? "done" : "pending",
    })),
    openAttempt: null,
  };
}

function given(all: readonly Reading[], values: World["values"] = {}, facts: Partial<Facts> = {}): World {
  const taken = { at: NOW, by: "Olga", readings: collect(readings(KEPT)) };
  const base = world(all, values, { finished: new Map([["take-ts", taken]]), ...facts }, FROM_TIMELOCK);
  const attested = new Map([
    ...base.facts.attested,
    ["finding:why", { by: "Olga", at: NOW, note: "" }],
    ["one-node-stays", { by: "Olga", at: NOW, note: "" }],
    ...(facts.attested ?? []),
  ]);
  return { ...base, facts: { ...base.facts, attested } };
}

function run(stepId: string, one: World) {
  const typedPhrase = stepOf(fromTimelock, stepId).phrase(one.targets);
  return decideRun(fromTimelock, at(stepId), one, {
    stepId,
    seenVersion: 1,
    typedPhrase,
    by: "person",
    continues: false,
  });
}

describe("the first question", () => {
  test("stands before everything else: a lost timelock block is no reason to leave TimeLock", () => {
    const one = given(readings(KEPT));
    const attested = new Map([...one.facts.attested].filter(([subject]) => subject !== "finding:why"));
    const unanswered = { ...one, facts: { ...one.facts, attested } };
    expect(run("assess", unanswered)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("leave TimeLock"),
    });
    expect(run("assess", one)).toMatchObject({ ok: true });
    expect(stepOf(fromTimelock, "assess").guide).toBe("to-timelock");
    expect(fromTimelock.advice(one, null)[0]).toContain("timelock block");
  });
});

describe("one node", () => {
  const nodes = [
    { name: "orders-1", kind: "node" },
    { name: "orders-2", kind: "node" },
    { name: "backup", kind: "cron" },
  ];
  const finding = (atlasdbVersion: string | null, listed = nodes) =>
    stepOf(fromTimelock, "assess")
      .holds(given(readings(KEPT), {}, { atlasdbVersion, nodes: listed }))
      .find(({ id }) => id === "one-node");

  test.each([
    ["0.910.0", "blocking"],
    ["0.1175.0", "blocking"],
    ["1.0.0", "blocking"],
    ["0.909.9", "warning"],
    [null, "warning"],
  ])("AtlasDB %s with two nodes: %s", (version, level) => {
    expect(finding(version)).toMatchObject({ level });
  });

  test("is no question where there is one, whatever jobs stand beside it", () => {
    expect(finding("0.1175.0", nodes.slice(1))).toMatchObject({ level: "pass" });
  });

  test("is kept by a declaration where AtlasDB enforces it", () => {
    expect(finding("0.1175.0")?.attest?.label).toContain("One node");
  });
});

describe("every start state", () => {
  const paths: readonly [string, BoundState, string | null][] = [
    ["invalidated", KEPT, "store.restore"],
    ["readable beside TimeLock", { state: "readable", bound: 1_010_001n }, "store.restore"],
    ["born on TimeLock", { state: "no-row-invalidated" }, "store.restore"],
    ["no row", { state: "no-row" }, "store.restore"],
    ["no table", { state: "no-table" }, "store.restore"],
    ["neither readable nor backed up", { state: "neither", tr: null }, "store.restore"],
    ["the documents' tr backup, on the way back", { state: "neither", tr: 11n }, "store.restore"],
    ["N already", { state: "readable", bound: N }, null],
  ];
  test.each(paths)("%s leads to the guarded write", (_name, state, operation) => {
    expect(run("assess", given(readings(state)))).toMatchObject({ ok: true });
    expect(run("set-bound", given(readings(state), { TS, N }))).toMatchObject({
      ok: true,
      next:
        operation === null ? { kind: "verify" } : { kind: "perform", operation: { kind: operation, to: N } },
    });
  });

  test.each<[string, BoundState]>([
    ["several rows", { state: "several-rows", readable: false, values: [7n, 9n] }],
    ["a bound and a backup at once", { state: "both", rows: [{ bound: 7n, kept: 5n }] }],
  ])("%s is mended first, in the same unit", (_name, state) => {
    expect(run("mend", given(readings(state), { TS, N }))).toMatchObject({
      ok: true,
      next: { kind: "perform", operation: { kind: "store.repair", leave: "invalidated" } },
    });
    const acts = fromTimelock.steps.flatMap((step) => (step.kind === "act" ? [step.unit] : []));
    expect(new Set(acts).size).toBe(1);
  });

  test("no known shape is left to a person's hand, and said so before clients are stopped", () => {
    const odd: BoundState = { state: "unrecognised", detail: "x" };
    expect(run("assess", given(readings(odd)))).toMatchObject({ ok: true });
    expect(run("mend", given(readings(odd), { TS, N }))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("by hand"),
    });
  });
});

describe("TS and N", () => {
  const take = (change: readonly Reading[], state = KEPT) => run("take-ts", given(readings(state, change)));

  test("N lies above TimeLock's own limit, whether it tells its bound or not", () => {
    expect(take([fresh(TS)])).toMatchObject({
      ok: true,
      next: { values: { TS, N: 7_000_000n, K: 1_010_001n } },
    });
    const higher = known({
      kind: "timelock.learned",
      state: "known",
      bound: 9_000_000n,
      reason: null,
      nodes: [],
    });
    expect(take([fresh(TS), higher])).toMatchObject({ ok: true, next: { values: { TS, N: 10_000_000n } } });
    const none = known({ kind: "timelock.learned", state: "none", bound: null, reason: null, nodes: [] });
    expect(take([fresh(TS), none])).toMatchObject({ ok: true, next: { values: { TS, N: 7_000_000n } } });
  });

  test("a kept value is never restored: TimeLock has issued above it", () => {
    expect(take([fresh(TS)])).not.toMatchObject({ next: { values: { N: 1_010_001n } } });
    expect(take([fresh(900_000n)])).toMatchObject({
      ok: false,
      reason: expect.stringContaining("not above"),
    });
  });

  test("a punch above TimeLock says that the timestamps come from elsewhere", () => {
    expect(take([fresh(TS), known({ kind: "store.punch", punch: punch(TS + 1n) })])).toMatchObject({
      ok: false,
    });
  });

  test("too far for any sequence is refused", () => {
    expect(take([fresh(FAST_FORWARD_MAX - 1_000_000n)])).toMatchObject({
      ok: false,
      reason: expect.stringContaining("end of all timestamps"),
    });
  });

  test("without TimeLock there is no TS, and no way around it", () => {
    expect(take([missing("timelock.fresh", "no quorum")])).toMatchObject({ ok: false });
  });

  test("once N is fixed, no later step asks TimeLock for a timestamp", () => {
    const after = fromTimelock.steps.slice(fromTimelock.steps.findIndex(({ id }) => id === "take-ts") + 1);
    const reads = after.flatMap((step) => [
      ...step.reads,
      ...(step.kind === "act" ? step.readBack : []),
      ...(step.undo.kind === "operation" ? [...step.undo.reads, ...step.undo.readBack] : []),
    ]);
    expect([...reads, ...fromTimelock.watch.reads].map(({ kind }) => kind)).not.toContain("timelock.fresh");
    expect(after).toHaveLength(7);
  });
});

describe("after the write", () => {
  const set: BoundState = { state: "readable", bound: N };

  test("the bound is proven where AtlasDB reads it: everywhere N, and no backup left", () => {
    const views = (states: readonly BoundState[]) =>
      known({ kind: "store.read-back", views: states.map((one) => bound(one)) });
    const prove = (states: readonly BoundState[]) =>
      run("prove", given(readings(set, [views(states)]), { TS, N }));
    expect(prove([set, set])).toMatchObject({ ok: true });
    expect(prove([set, KEPT])).toMatchObject({ ok: false });
    expect(prove([{ state: "both", rows: [{ bound: N, kept: 1_010_001n }] }])).toMatchObject({ ok: false });
  });

  test("a node that kept its timelock block moves TimeLock's bound, and stops everything", () => {
    const moved = known({
      kind: "timelock.learned",
      state: "known",
      bound: 7_000_001n,
      reason: null,
      nodes: [],
    });
    for (const step of ["configure", "set-bound", "prove"]) {
      expect(run(step, given(readings(set, [moved]), { TS, N }))).toMatchObject({ ok: false });
    }
    const alarms = fromTimelock.watch.judge(given(readings(set, [moved]), { TS, N }));
    expect(alarms.filter(({ level }) => level === "blocking").map(({ id }) => id)).toEqual(["left-alone"]);
  });

  test("the start is proven by a bound above N + 1,000,000 and a punch above N", () => {
    const start = (state: BoundState, punched: bigint | null) =>
      run(
        "start",
        given(
          readings(state, [known({ kind: "store.punch", punch: punch(punched) })]),
          { TS, N },
          { smokeTest: { tried: "x", passed: true, by: "Olga", at: NOW } },
        ),
      );
    const advanced: BoundState = { state: "readable", bound: N + 1_000_001n };
    expect(start(advanced, N + 5n)).toMatchObject({ ok: true });
    expect(start(advanced, TS + 5n)).toMatchObject({ ok: false, reason: expect.stringContaining("above N") });
    expect(start(set, N + 5n)).toMatchObject({ ok: false, reason: expect.stringContaining("still N") });
    expect(start({ state: "readable", bound: 1_010_001n }, N + 5n)).toMatchObject({ ok: false });
    expect(start({ state: "invalidated", kept: N }, N + 5n)).toMatchObject({ ok: false });
  });

  test("a bound that is invalidated again opens an incident", () => {
    const alarms = fromTimelock.watch.judge(given(readings({ state: "invalidated", kept: N }), { TS, N }));
    expect(alarms.filter(({ level }) => level === "blocking").map(({ id }) => id)).toEqual([
      "still-readable",
    ]);
  });

  test("is taken back with N kept while the bound is exactly N, and not any more once a node started", () => {
    const undo = (state: BoundState) =>
      decideUndo(fromTimelock, at("prove"), given(readings(state), { TS, N }), "set-bound", 1);
    expect(undo(set)).toMatchObject({ ok: true, next: { operation: { kind: "store.invalidate" } } });
    expect(undo({ state: "readable", bound: N + 1_000_001n })).toMatchObject({ ok: false });
    expect(
      decideUndo(fromTimelock, at("watch"), given(readings(set), { TS, N }), "set-bound", 1),
    ).toMatchObject({
      ok: false,
    });
  });

  test("giving up leaves no readable bound behind", () => {
    const done = (ids: readonly string[]) =>
      new Map(ids.map((id) => [id, { at: NOW, by: "Olga", readings: collect([]) }]));
    const abandon = (ids: readonly string[]) =>
      fromTimelock.abandon(given(readings(set), { TS, N }, { finished: done(ids) }));
    expect(abandon(["assess", "stop", "take-ts", "configure"])).toMatchObject({ possible: true });
    expect(abandon(["assess", "stop", "take-ts", "configure", "set-bound"])).toMatchObject({
      possible: false,
      because: expect.stringContaining("Undo"),
    });
  });
});

describe("others on TimeLock", () => {
  test("are pinged, and an answer that is missing is a warning and never a gate", () => {
    const answers = [
      { service: "billing", namespace: "billing", answers: false, word: "It did not answer." },
    ];
    const one = given(readings(KEPT, [known({ kind: "timelock.neighbours", answers })]), { TS, N });
    expect(run("others-answer", one)).toMatchObject({ ok: true });
    const levels = stepOf(fromTimelock, "others-answer")
      .holds(one)
      .map(({ id, level }) => [id, level]);
    expect(levels).toContainEqual(["neighbour-billing", "warning"]);
  });

  test("a TimeLock that is lost is restored first: nothing leads past its quorum", () => {
    const [health] = readings(KEPT).filter((one) => one.key.startsWith("timelock.health"));
    if (health?.value?.kind !== "timelock.health") throw new Error("no health");
    const lost = known({ ...health.value, quorum: "lost", quorumReason: "one of three" });
    for (const step of ["assess", "take-ts"]) {
      expect(run(step, given(readings(KEPT, [lost, fresh(TS)])))).toMatchObject({
        ok: false,
        reason: expect.stringContaining("Restore a majority"),
      });
    }
  });
});

test("the plan names N with what it must satisfy", () => {
  const text = planText(makePlan(fromTimelock, targetsAt(FROM_TIMELOCK)));
  expect(text).toContain('"to":"N"');
  expect(text).toContain("plus a margin of 1,000,000");
});
