import { describe, expect, test } from "vitest";

import { decideRun, type Situation } from "#lib/engine/decide.ts";
import type { JobState } from "#lib/engine/move-reading.ts";
import { makePlan, planHash } from "#lib/engine/plan.ts";
import { collect, type Reading, type Role } from "#lib/engine/reading.ts";
import {
  hasPlaceOf,
  operationsFor,
  stepOf,
  type Asked,
  type Facts,
  type Targets,
  type World,
} from "#lib/engine/step.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import { bound, healthy, known, NOW, punch, targetsAt, TO_TIMELOCK, world } from "#lib/runbooks/testing.ts";
import type { BoundState } from "#lib/stores/schema.ts";

const [sequence] = targetsAt(TO_TIMELOCK).sequences;
const [store] = targetsAt(TO_TIMELOCK).stores;
if (!sequence || !store) throw new Error("no targets");

const READABLE: BoundState = { state: "readable", bound: 2_000_000n };
const TABLE = {
  name: "app.orders",
  fate: "copied",
  reason: "A table of the service.",
  replaces: true,
} as const;
const EMBEDDED: Targets = {
  ...targetsAt(TO_TIMELOCK),
  stores: [
    store,
    { ...store, role: "destination", storeId: "00000000-0000-4000-8000-000000000009", label: "new-db" },
  ],
  sequences: [],
  move: { tables: [TABLE], dropped: [{ name: "app.orders", versions: 7, bytes: null }] },
};
const ON_TIMELOCK: Targets = {
  ...EMBEDDED,
  sequences: [
    { ...sequence, role: "destination" },
    { ...sequence, role: "source" },
  ],
};

const VALUES = { X: 2_000_000n, S: 2_000_001n, C: 2_000_002n };

function at(role: Role, one: Reading): Reading {
  return { ...one, key: `${one.key.split("@")[0]}@${role}` };
}

const job = (kind: "move.copy" | "move.comparison", change: Partial<JobState>) =>
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
const commitOf = (commit: bigint | null) =>
  known({ kind: "move.commit", commit: { start: 2_000_001n, commit } });
const tables = (drops: readonly string[], filled: readonly string[] = []) =>
  known({
    kind: "move.tables",
    tables: { differences: [], differenceCount: 0, drops: [...drops], filled: [...filled] },
  });

/** Two quiet stores after a copy and a comparison that are complete. */
function readings(change: readonly Reading[] = []): Reading[] {
  const from = healthy(READABLE, [], 1_900_000n);
  const to = healthy({ state: "no-row" }).map((one) => at("destination", one));
  return [
    ...collect(
      from,
      to,
      [commitOf(2_000_002n), tables(["app.orders"]), job("move.copy", {}), job("move.comparison", {})],
      change,
    ).values(),
  ];
}

function given(change: readonly Reading[] = [], facts: Partial<Facts> = {}, targets = EMBEDDED): World {
  const base = world(readings(change), VALUES);
  const note = { by: "Olga", at: NOW, note: "on tape" };
  return {
    ...base,
    targets,
    facts: {
      ...base.facts,
      attested: new Map([...base.facts.attested, ["backup:source", note], ["backup:destination", note]]),
      finished: new Map([["stop", { at: NOW, by: "Olga", readings: collect(readings()) }]]),
      ...facts,
    },
  };
}

function situation(current: string): Situation {
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

function run(stepId: string, one: World) {
  const typedPhrase = stepOf(moveStore, stepId).phrase(one.targets);
  return decideRun(moveStore, situation(stepId), one, {
    stepId,
    seenVersion: 1,
    typedPhrase,
    by: "person",
    continues: false,
  });
}

function settled(stepId: string, one: World) {
  const step = stepOf(moveStore, stepId);
  if (step.kind !== "act") throw new Error("no act");
  return step.settled(one);
}

describe("what fits", () => {
  const asked: Asked = {
    service: "orders",
    storeKind: "postgres",
    recorded: { source: "timelock", clusterId: "c", namespace: "orders" },
    chosen: { clusterId: "c", namespace: "orders" },
    destination: { storeId: "d", isOwn: false, kind: "cassandra", timestamps: "timelock" },
  };
  const to = asked.destination;
  if (to === null) throw new Error("no destination");
  test.each<[string, Partial<Asked>]>([
    ["no store", { destination: null }],
    ["its own store", { destination: { ...to, isOwn: true } }],
    ["Oracle, with the way out", { destination: { ...to, kind: "oracle" } }],
    ["leaving TimeLock on the way", { destination: { ...to, timestamps: "embedded" } }],
  ])("%s is refused before anything is read", (_name, change) => {
    expect(moveStore.places({ ...asked, ...change })).toMatchObject({ fits: false });
  });

  test("one namespace on both sides is normal, and an embedded service may stay embedded", () => {
    expect(moveStore.places(asked)).toMatchObject({ fits: true, otherStore: "destination" });
    const embedded = { source: "embedded", clusterId: null, namespace: null } as const;
    const stays = moveStore.places({
      ...asked,
      storeKind: "postgres",
      recorded: embedded,
      destination: { ...to, timestamps: "embedded" },
    });
    expect(stays).toMatchObject({ fits: true, sequences: [] });
  });

  test("readings and operations of places that a layout lacks fall away", () => {
    const { reads, templates } = stepOf(moveStore, "raise") as Extract<
      (typeof moveStore.steps)[number],
      { kind: "act" }
    >;
    expect(reads.filter((one) => "sequence" in one && hasPlaceOf(EMBEDDED, one))).toEqual([]);
    expect(operationsFor(EMBEDDED, templates)).toEqual([
      { kind: "move.take-start", into: "destination", above: "X" },
    ]);
  });
});

describe("the drop list", () => {
  test("is part of what is approved", async () => {
    const other = { ...EMBEDDED, move: { tables: [TABLE], dropped: [] } };
    expect(await planHash(makePlan(moveStore, other))).not.toBe(
      await planHash(makePlan(moveStore, EMBEDDED)),
    );
  });

  test("is read again: a table that nobody approved stops the setup, one less does not", () => {
    expect(run("set-up", given([tables(["app.orders", "app.new"])]))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("app.new"),
    });
    expect(run("set-up", given([tables([])]))).toMatchObject({ ok: true });
    expect(run("set-up", given([], {}, { ...EMBEDDED, stores: EMBEDDED.stores }))).toMatchObject({
      ok: true,
    });
  });

  test("a setup is not believed while created tables hold cells", () => {
    expect(settled("set-up", given([tables([], ["app.orders"])]))).toMatchObject({ outcome: "not-applied" });
    expect(settled("set-up", given([tables([])]))).toMatchObject({ outcome: "done" });
  });

  test("backups are declared before anything is dropped", () => {
    expect(run("set-up", given([], { attested: new Map() }))).toMatchObject({ ok: false });
  });
});

describe("X, S and C", () => {
  const fixes = (stepId: string, one: World) =>
    stepOf(moveStore, stepId).kind === "gate" ? {} : stepOf(moveStore, stepId).fixes(one);

  test("of an embedded service X is its bound, read and not allocated", () => {
    expect(fixes("stop", given())).toEqual({ X: 2_000_000n });
  });

  const taken = (start: bigint, commit: bigint) => known({ kind: "move.start", start, commit });

  test("S and C are believed only above X, in their order", () => {
    const one = (start: bigint, commit: bigint) => given([taken(start, commit)], {}, ON_TIMELOCK);
    expect(settled("raise", one(2_000_005n, 2_000_006n))).toMatchObject({ outcome: "done" });
    expect(fixes("raise", one(2_000_005n, 2_000_006n))).toEqual({ S: 2_000_005n, C: 2_000_006n });
    expect(settled("raise", one(2_000_005n, 2_000_005n))).toMatchObject({ outcome: "not-applied" });
    expect(settled("raise", one(2_000_000n, 2_000_001n))).toMatchObject({ outcome: "not-applied" });
  });

  test("S and C of a run that died belong to nobody: others are taken", () => {
    expect(settled("raise", given([], {}, ON_TIMELOCK))).toMatchObject({
      outcome: "not-applied",
      because: expect.stringContaining("others"),
    });
  });

  test("of an embedded destination all servers must show C as the bound", () => {
    const views = (...bounds: readonly bigint[]) =>
      at(
        "destination",
        known({
          kind: "store.read-back",
          views: bounds.map((one) => bound({ state: "readable", bound: one })),
        }),
      );
    const pair = taken(2_000_005n, 2_000_006n);
    expect(settled("raise", given([pair, views(2_000_006n)]))).toMatchObject({ outcome: "done" });
    expect(settled("raise", given([pair, views(2_000_006n, 2_000_000n)]))).toMatchObject({
      outcome: "uncertain",
    });
    expect(settled("raise", given([pair, views(3_000_000n)]))).toMatchObject({ outcome: "not-applied" });
  });

  test("the commit is believed only as the destination records it", () => {
    expect(settled("commit", given())).toMatchObject({ outcome: "done" });
    expect(settled("commit", given([commitOf(null)]))).toMatchObject({ outcome: "not-applied" });
    expect(settled("commit", given([commitOf(2_000_003n)]))).toMatchObject({ outcome: "not-applied" });
  });
});

describe("the jobs", () => {
  test.each<[Partial<JobState>, string]>([
    [{ state: "running" }, "running"],
    [{ state: "paused" }, "running"],
    [{ state: "failed", failures: ["app.orders: too large"] }, "running"],
    [{ state: "cancelled" }, "not-applied"],
    [{ state: "absent" }, "not-applied"],
    [{ counts: { ...NO_COUNTS, versions: 10, cells: 7 } }, "not-applied"],
    [{}, "done"],
  ])("a copy that is %o is %s", (change, outcome) => {
    expect(settled("copy", given([job("move.copy", change)]))).toMatchObject({ outcome });
  });

  test("a single difference, another version of (S, C), or another table is no comparison", () => {
    const missing = known({
      kind: "move.tables",
      tables: {
        differences: [{ name: "app.orders", problem: "has other metadata bytes" }],
        differenceCount: 1,
        drops: [],
        filled: [],
      },
    });
    expect(settled("validate", given([missing]))).toMatchObject({ outcome: "not-applied" });
    const good = [tables([])];
    expect(settled("validate", given(good))).toMatchObject({ outcome: "done" });
    const differs = job("move.comparison", { counts: { ...NO_COUNTS, cells: 7, differences: 1 } });
    expect(settled("validate", given([...good, differs]))).toMatchObject({ outcome: "not-applied" });
    expect(settled("validate", given([...good, commitOf(null)]))).toMatchObject({ outcome: "not-applied" });
  });

  test("a cancelled copy is not begun again on the same S", () => {
    expect(run("copy", given([job("move.copy", { state: "cancelled" })]))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("new plan"),
    });
  });
});

describe("the source", () => {
  const moved = [
    known({ kind: "store.bound", bound: bound({ state: "readable", bound: 3_000_000n }) }),
    known({ kind: "store.punch", punch: punch(1_950_000n) }),
  ];
  test.each(moved.map((one) => [one.key, one] as const))("%s that moves makes the copy void", (_key, one) => {
    for (const stepId of ["set-up", "copy", "validate", "hand-over"]) {
      expect(run(stepId, given([one]))).toMatchObject({ ok: false });
    }
    expect(settled("copy", given([one]))).toMatchObject({ outcome: "not-applied" });
  });

  test("may have its bound invalidated, which keeps its value", () => {
    const kept = known({ kind: "store.bound", bound: bound({ state: "invalidated", kept: 2_000_000n }) });
    expect(run("configure", given([kept]))).toMatchObject({ ok: true });
  });
});

test("the bound of a service that was on TimeLock is never made readable in the source", () => {
  const { undo } = stepOf(moveStore, "invalidate-source");
  if (undo.kind !== "operation") throw new Error("no undo");
  const levels = (targets: Targets) => undo.holds(given([], {}, targets)).map(({ level }) => level);
  expect(levels(ON_TIMELOCK)).toContain("blocking");
  expect(levels(EMBEDDED)).not.toContain("blocking");
});

describe("the destination", () => {
  test("is not handed over once a client has started there", () => {
    expect(run("hand-over", given([tables([])]))).toMatchObject({ ok: true });
    const used = at("destination", known({ kind: "store.punch", punch: punch(2_000_003n) }));
    expect(run("hand-over", given([tables([]), used]))).toMatchObject({ ok: false });
  });

  // Hazard H39: punches begin empty there, so the check that clients make themselves sees nothing.
  test.each([
    [2_000_001n, "blocking"],
    [2_000_002n, "blocking"],
    [2_000_003n, "pass"],
  ])("with its bound at %s, where C is 2000002, is %s to be called started on", (value, level) => {
    const held = known({ kind: "store.bound", bound: bound({ state: "readable", bound: value }) });
    const there = at("destination", held);
    const findings = stepOf(moveStore, "start").holds(given([there]));
    expect(findings.find(({ id }) => id === "above-c")?.level).toBe(level);
  });

  test.each([
    [2_000_002n, "unknown"],
    [2_000_003n, "pass"],
  ])("whose newest punch is %s, where C is 2000002, is %s to have taken a commit", (value, level) => {
    const there = at("destination", known({ kind: "store.punch", punch: punch(value) }));
    const findings = stepOf(moveStore, "start").holds(given([there]));
    expect(findings.find(({ id }) => id === "commits")?.level).toBe(level);
  });
});

describe("by hand", () => {
  const printed = (validation: "complete" | "failed") => known({ kind: "move.by-hand", validation });
  const filled = tables([], ["app.orders"]);
  const moved = known({ kind: "store.bound", bound: bound({ state: "readable", bound: 3_000_000n }) });
  const afterwards = (change: readonly Reading[] = []) =>
    given([filled, moved, ...change], {
      finished: new Map([
        ["stop", { at: NOW, by: "Olga", readings: collect(readings()) }],
        ["set-up", { at: NOW, by: "Olga", readings: collect(readings([moved]), [printed("complete")]) }],
      ]),
    });

  test("only “Validation complete.” makes AtlasDB's own migrator count", () => {
    expect(settled("set-up", given([filled, printed("complete")]))).toMatchObject({ outcome: "done" });
    expect(settled("set-up", given([filled, printed("failed")]))).toMatchObject({ outcome: "not-applied" });
    expect(settled("set-up", given([filled]))).toMatchObject({ outcome: "not-applied" });
  });

  test("tables that its command line creates itself are no difference, any other is", () => {
    const beside = (name: string) =>
      known({
        kind: "move.tables",
        tables: {
          differences: [{ name, problem: "is in the destination, but not in the plan" }],
          differenceCount: 1,
          drops: [],
          filled: [],
        },
      });
    const one = (name: string) => settled("set-up", given([beside(name), printed("complete")]));
    expect(one("compact.metadata")).toMatchObject({ outcome: "done" });
    expect(one("app.surprise")).toMatchObject({ outcome: "not-applied" });
  });

  test("X is taken again, since it takes timestamps of the source", () => {
    const step = stepOf(moveStore, "set-up");
    if (step.kind !== "act") throw new Error("no act");
    expect(step.fixes(given([moved, printed("complete")]))).toEqual({ X: 3_000_000n });
    expect(step.fixes(given([moved]))).toEqual({});
  });

  test("the source stands still from its end on, nothing is copied again, and every cell is compared at its newest", () => {
    expect(run("copy", afterwards())).toMatchObject({ ok: true, next: { kind: "verify" } });
    expect(settled("copy", afterwards())).toMatchObject({ outcome: "done" });
    expect(run("validate", afterwards())).toMatchObject({
      ok: true,
      next: { operation: { kind: "move.validate", versions: "newest" } },
    });
    const later = known({ kind: "store.bound", bound: bound({ state: "readable", bound: 4_000_000n }) });
    expect(settled("copy", afterwards([later]))).toMatchObject({ outcome: "not-applied" });
    expect(run("validate", given())).toMatchObject({ next: { operation: { kind: "move.validate" } } });
  });
});

describe("the watch", () => {
  const levels = (stepId: string, one: World) =>
    new Map(
      stepOf(moveStore, stepId)
        .holds(one)
        .map((f) => [f.id, f.level]),
    );

  test("says who is connected to the source, and which date it is kept until", () => {
    const note = (text: string) => new Map([["kept-until", { by: "Olga", at: NOW, note: text }]]);
    expect(levels("watch", given([], { attested: note("some day") })).get("kept-until")).toBe("blocking");
    expect(levels("watch", given([], { attested: note("until 2027-03-31") })).get("kept-until")).toBe("pass");
    expect(
      stepOf(moveStore, "watch")
        .declarations(given())
        .map(({ subject }) => subject),
    ).toEqual(["kept-until"]);
    expect(levels("watch", given()).get("source-sessions")).toBe("pass");
  });

  test("an old namespace that moves is a forgotten node", () => {
    const targets: Targets = {
      ...EMBEDDED,
      sequences: [
        { ...sequence, role: "destination", namespace: "other" },
        { ...sequence, role: "source" },
      ],
    };
    const learned = (value: bigint) =>
      at(
        "source",
        known({ kind: "timelock.learned", state: "known", bound: value, reason: null, nodes: [] }),
      );
    const one = (before: bigint, now: bigint) =>
      given(
        [learned(now)],
        {
          finished: new Map([
            ["stop", { at: NOW, by: "Olga", readings: collect(readings()) }],
            ["start", { at: NOW, by: "Olga", readings: collect([learned(before)]) }],
          ]),
        },
        targets,
      );
    expect(levels("watch", one(5n, 5n)).get("left-alone")).toBe("pass");
    expect(levels("watch", one(5n, 6n)).get("left-alone")).toBe("blocking");
  });

  test("a source that moves between stop and start is an incident", () => {
    expect(moveStore.meanwhile?.(given()).map(({ level }) => level)).toEqual(["pass"]);
    const moved = known({ kind: "store.punch", punch: punch(1_950_000n) });
    expect(moveStore.meanwhile?.(given([moved])).map(({ level }) => level)).toEqual(["blocking"]);
  });
});
