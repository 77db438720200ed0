import { describe, expect, test } from "vitest";

import { decideRun, type Situation } from "#lib/engine/decide.ts";
import { stepOf, type World } from "#lib/engine/step.ts";
import { bound, healthy, known, missing, NOW, punch, TARGETS, world } from "#lib/runbooks/testing.ts";
import { toTimelock } from "#lib/runbooks/to-timelock.ts";
import { makePlan, planHash, planText } from "#lib/engine/plan.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

/** A migration whose steps before `current` are done. */
function at(current: string): Situation {
  const index = toTimelock.steps.findIndex((step) => step.id === current);
  return {
    state: "open",
    version: 1,
    steps: toTimelock.steps.map((step, position) => ({
      id: step.id,
      state: position < index ? "done" : "pending",
    })),
    openAttempt: null,
  };
}

function run(stepId: string, given: World) {
  const typedPhrase = stepOf(toTimelock, stepId).phrase(given.targets);
  return decideRun(toTimelock, at(stepId), given, {
    stepId,
    seenVersion: 1,
    typedPhrase,
    by: "person",
    continues: false,
  });
}

/** The same world, once somebody has declared that the service never ran. */
function neverRan(given: World): World {
  const declared = ["finding:bound-value", { by: "Olga", at: NOW, note: "compared" }] as const;
  return { ...given, facts: { ...given.facts, attested: new Map([...given.facts.attested, declared]) } };
}

const readable = (value: bigint): BoundState => ({ state: "readable", bound: value });

describe("the start states, each with its path", () => {
  const paths: readonly [string, BoundState, bigint | null, string | null][] = [
    ["healthy", readable(1_010_001n), 1_010_001n, "store.invalidate"],
    ["already invalidated", { state: "invalidated", kept: 42n }, 42n, null],
    ["no row", { state: "no-row" }, 0n, "store.invalidate"],
    ["no table", { state: "no-table" }, 0n, "store.invalidate"],
    ["born on TimeLock", { state: "no-row-invalidated" }, 0n, null],
    ["several rows", { state: "several-rows", readable: true, values: [7n, 9n] }, 9n, "store.repair"],
    ["both columns", { state: "both", rows: [{ bound: 7n, kept: 5n }] }, 7n, "store.repair"],
    ["the documents' tr backup", { state: "neither", tr: 11n }, 11n, "store.repair"],
  ];
  test.each(paths)("%s", (_name, state, ts, operation) => {
    const readings = healthy(state);
    expect(run("assess", neverRan(world(readings)))).toMatchObject({ ok: true });
    const taken = run("take-ts", neverRan(world(readings)));
    expect(taken).toMatchObject({ ok: true, next: { kind: "finish", values: { TS: ts } } });
    const chosen = run(
      "invalidate",
      neverRan(
        world(
          [
            ...readings,
            known({
              kind: "timelock.fresh",
              first: 5_000_000n,
              last: 5_000_000n,
              ownProbes: 1n,
              leader: "a",
            }),
          ],
          { TS: ts ?? 0n },
        ),
      ),
    );
    expect(chosen).toMatchObject({
      ok: true,
      next: operation === null ? { kind: "verify" } : { kind: "perform", operation: { kind: operation } },
    });
  });

  test.each<[BoundState]>([[{ state: "no-row" }], [{ state: "no-table" }]])(
    "%j is nothing to carry only once people say so: a wrong prefix looks the same",
    (state) => {
      for (const step of ["assess", "take-ts"]) {
        expect(run(step, world(healthy(state)))).toMatchObject({
          ok: false,
          code: "conflict",
          reason: expect.stringContaining("prefix"),
        });
      }
    },
  );

  test("a service that has run on this namespace since is adopted, one that runs elsewhere is not", () => {
    const learned = known({
      kind: "timelock.learned",
      state: "known",
      bound: 9_000_000n,
      reason: null,
      nodes: [],
    });
    const state: BoundState = { state: "invalidated", kept: 1_010_001n };
    expect(run("take-ts", world(healthy(state, [learned], 8_000_000n)))).toMatchObject({
      ok: true,
      next: { values: { TS: 8_000_000n } },
    });
    expect(run("take-ts", world(healthy(state, [learned], 9_500_000n)))).toMatchObject({ ok: false });
    expect(run("take-ts", world(healthy(state, [], 8_000_000n)))).toMatchObject({ ok: false });
  });

  test("neither readable nor backed up is no path, and says what to do", () => {
    expect(run("assess", world(healthy({ state: "neither", tr: null })))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("backup"),
    });
    expect(run("assess", world(healthy({ state: "unrecognised", detail: "x" })))).toMatchObject({
      ok: false,
    });
  });

  test("a bound that grew after TS was taken is forwarded to once more, in the same unit", () => {
    const kept = healthy({ state: "invalidated", kept: 9_000_000n });
    const fresh = known({
      kind: "timelock.fresh",
      first: 5_000_000n,
      last: 5_000_000n,
      ownProbes: 1n,
      leader: "a",
    });
    const given = world([...kept, fresh], { TS: 1_010_001n, K: 9_000_000n });
    expect(run("forward-kept", given)).toMatchObject({
      ok: true,
      next: { kind: "perform", operation: { kind: "timelock.fast-forward", to: 9_000_000n } },
    });
    expect(run("forward-kept", world([...kept, fresh], { TS: 9_000_000n, K: 9_000_000n }))).toMatchObject({
      ok: false,
    });
  });
});

describe("wrong values", () => {
  const wrong: readonly [string, BoundState, bigint | null][] = [
    ["below the newest punch", readable(1_010_001n), 2_000_000n],
    ["zero", readable(0n), null],
    ["negative", readable(-1n), null],
    ["near the end of all timestamps", readable(LONG_MAX), null],
    ["just above the cap", readable(FAST_FORWARD_MAX + 1n), null],
    ["what a new store begins with, while data exists", readable(10_000n), 9_000n],
    ["the first allocation, while older data exists", readable(1_010_001n), 9_000n],
    ["no row, while data exists", { state: "no-row" }, 5_000_000n],
  ];
  test.each(wrong)("%s blocks", (_name, state, punched) => {
    expect(run("assess", world(healthy(state, [], punched)))).toMatchObject({ ok: false, code: "conflict" });
    expect(run("take-ts", world(healthy(state, [], punched)))).toMatchObject({ ok: false });
  });

  test("the first allocation of a real new service does not block, and neither does the cap itself", () => {
    expect(run("assess", world(healthy(readable(1_010_001n), [], 10_082n)))).toMatchObject({ ok: true });
    expect(run("assess", world(healthy(readable(FAST_FORWARD_MAX))))).toMatchObject({ ok: true });
  });

  test("a lost row leads on with a declaration, a buffer above everything seen", () => {
    const readings = healthy({ state: "no-row" }, [], 5_000_000n);
    const base = world(readings);
    const attested = new Map([
      ...base.facts.attested,
      ["finding:bound-lost", { by: "Olga", at: NOW, note: "backup" }],
    ]);
    expect(run("take-ts", { ...base, facts: { ...base.facts, attested } })).toMatchObject({
      ok: true,
      next: { values: { TS: 6_000_000n } },
    });
  });

  test("two readings that differ block", () => {
    const other = known({ kind: "store.read-back", views: [bound(readable(2_010_001n))] });
    expect(run("take-ts", world(healthy(readable(1_010_001n), [other])))).toMatchObject({ ok: false });
  });
});

describe("the sequence", () => {
  const assess = (...change: Parameters<typeof healthy>[1] & object) =>
    run("assess", world(healthy(readable(1_010_001n), change)));

  test("that another service uses blocks", () => {
    const users = known({
      kind: "inventory.namespace-users",
      services: [{ id: "1", name: "billing", environment: "production" }],
    });
    expect(assess(users)).toMatchObject({ ok: false, reason: expect.stringContaining("billing") });
  });

  test("that stands above the store is no obstacle", () => {
    const learned = known({
      kind: "timelock.learned",
      state: "known",
      bound: 9_000_000n,
      reason: null,
      nodes: [],
    });
    expect(assess(learned)).toMatchObject({ ok: true });
  });

  test("at the end of all timestamps is recognised as poisoned", () => {
    const learned = known({
      kind: "timelock.learned",
      state: "known",
      bound: LONG_MAX,
      reason: null,
      nodes: [],
    });
    expect(assess(learned)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("end of all timestamps"),
    });
  });

  test("that stands lower than it was seen before blocks", () => {
    const learned = known({ kind: "timelock.learned", state: "known", bound: 5n, reason: null, nodes: [] });
    const given = world(
      healthy(readable(1_010_001n), [learned]),
      {},
      { highestLearned: { destination: 9n } },
    );
    expect(run("assess", given)).toMatchObject({ ok: false });
  });

  test("without quorum blocks, with a dead minority it only warns", () => {
    const dead = { node: "tl-3", failure: "refused", leads: null, version: null, certificateValidTo: null };
    const health = healthy(readable(1n)).find((one) => one.key.startsWith("timelock.health"));
    if (health?.value?.kind !== "timelock.health") throw new Error("no health");
    const { value } = health;
    expect(assess(known({ ...value, quorum: "lost", quorumReason: "one of three" }))).toMatchObject({
      ok: false,
    });
    expect(assess(known({ ...value, quorum: "unknown" }))).toMatchObject({ ok: false });
    expect(assess(known({ ...value, nodes: [...value.nodes, dead] }))).toMatchObject({ ok: true });
  });

  test("whose lists cannot be read needs a declaration", () => {
    expect(assess(missing("timelock.namespaces", "too old"))).toMatchObject({ ok: false });
    const base = world(healthy(readable(1_010_001n), [missing("timelock.namespaces", "too old")]));
    const attested = new Map([
      ...base.facts.attested,
      ["finding:namespace-presence", { by: "Olga", at: NOW, note: "" }],
    ]);
    expect(run("assess", { ...base, facts: { ...base.facts, attested } })).toMatchObject({ ok: true });
  });

  test("a fast-forward is refused once the store shows more than TS", () => {
    const given = world(healthy(readable(2_010_001n), [], 1_500_000n), { TS: 1_010_001n });
    expect(run("fast-forward", given)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("take TS again"),
    });
  });

  test("with nothing to carry is not forwarded at all", () => {
    expect(run("fast-forward", world(healthy({ state: "no-row" }), { TS: 0n }))).toMatchObject({
      ok: true,
      next: { kind: "verify" },
    });
  });
});

describe("the start", () => {
  const probe = { value: 2_000_000n, ownProbes: 3n, leader: "a", at: NOW };
  const started = (last: bigint, ownProbes: bigint, leader: string, punched: bigint | null) =>
    run(
      "start",
      world(
        [
          ...healthy({ state: "invalidated", kept: 1_010_001n }, [
            known({ kind: "store.punch", punch: punch(punched) }),
          ]),
          known({ kind: "timelock.fresh", first: last, last, ownProbes, leader }),
        ],
        { TS: 1_010_001n, K: 1_010_001n },
        { lastFresh: { destination: probe }, smokeTest: { tried: "x", passed: true, by: "Olga", at: NOW } },
      ),
    );

  test("is proven by timestamps that others took and a punch above TS", () => {
    expect(started(2_000_009n, 4n, "a", 2_000_005n)).toMatchObject({ ok: true });
  });
  test("is not proven by Lockstep's own probes, by another leader's jump, or without a punch", () => {
    expect(started(2_000_001n, 4n, "a", 2_000_000n)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("No client"),
    });
    expect(started(2_900_000n, 4n, "b", 2_000_005n)).toMatchObject({ ok: false });
    expect(started(2_000_009n, 4n, "a", 1_000_000n)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("punched"),
    });
  });
});

describe("a client on another namespace", () => {
  const at = (fresh: bigint) =>
    world(
      [
        ...healthy({ state: "invalidated", kept: 1_010_001n }, [
          known({ kind: "store.punch", punch: punch(2_000_010n) }),
        ]),
        known({ kind: "timelock.fresh", first: fresh, last: fresh, ownProbes: 4n, leader: "a" }),
      ],
      { TS: 1_010_001n, K: 1_010_001n },
      {
        lastFresh: { destination: { value: 1_999_000n, ownProbes: 3n, leader: "a", at: NOW } },
        smokeTest: { tried: "x", passed: true, by: "Olga", at: NOW },
      },
    );

  test("is seen by what it wrote above the next fresh timestamp, however much the sequence grows", () => {
    expect(run("start", at(2_000_011n))).toMatchObject({ ok: true });
    for (const fresh of [2_000_010n, 1_999_500n]) {
      expect(run("start", at(fresh))).toMatchObject({
        ok: false,
        reason: expect.stringContaining("namespace and cluster of every node"),
      });
      const alarms = toTimelock.watch?.judge(at(fresh)).filter(({ level }) => level === "blocking");
      expect(alarms?.map(({ id }) => id)).toEqual(["written-elsewhere"]);
    }
  });
});

describe("the plan", () => {
  test("has the same hash for the same targets, whatever their labels, leaders and processes", async () => {
    const [sequence] = TARGETS.sequences;
    if (!sequence) throw new Error("no sequence");
    const other = {
      ...TARGETS,
      serviceLabel: "renamed",
      sequences: [{ ...sequence, label: "x", servers: [{ node: "a", id: "b" }] }],
    };
    expect(await planHash(makePlan(toTimelock, TARGETS))).toBe(await planHash(makePlan(toTimelock, other)));
    const elsewhere = { ...TARGETS, sequences: [{ ...sequence, namespace: "other" }] };
    expect(await planHash(makePlan(toTimelock, TARGETS))).not.toBe(
      await planHash(makePlan(toTimelock, elsewhere)),
    );
    expect(planText(makePlan(toTimelock, TARGETS))).toContain('"to":"TS"');
  });

  test("numbers eleven steps, and none of them is a way around the invalidation", () => {
    expect(toTimelock.steps).toHaveLength(11);
    expect(toTimelock.steps.filter((step) => step.optional).map((step) => step.id)).toEqual([
      "one-client-fails",
    ]);
  });
});
