import { describe, expect, test } from "vitest";

import { decideRun, type Situation } from "#lib/engine/decide.ts";
import { collect, type Reading, type Role } from "#lib/engine/reading.ts";
import { stepOf, type Asked, type Facts, type Targets, type World } from "#lib/engine/step.ts";
import { renameNamespace } from "#lib/runbooks/rename-namespace.ts";
import { healthy, known, NOW, punch, targetsAt, TO_TIMELOCK, world } from "#lib/runbooks/testing.ts";
import { judgeStopProof } from "#lib/runbooks/findings/stop-proof.ts";
import type { BoundState } from "#lib/stores/schema.ts";

const KEPT: BoundState = { state: "invalidated", kept: 1_010_001n };
const TS = 6_000_000n;
const [sequence] = targetsAt(TO_TIMELOCK).sequences;
const [store] = targetsAt(TO_TIMELOCK).stores;
if (!sequence || !store) throw new Error("no targets");

const TARGETS: Targets = {
  ...targetsAt(TO_TIMELOCK),
  sequences: [
    { ...sequence, role: "destination", namespace: "sales" },
    { ...sequence, role: "source", namespace: "orders" },
  ],
};

function at(role: Role, one: Reading): Reading {
  return { ...one, key: `${one.key.split("@")[0]}@${role}` };
}

const learned = (bound: bigint) =>
  known({ kind: "timelock.learned", state: "known", bound, reason: null, nodes: [] });
const fresh = (value: bigint, ownProbes = 1n, leader = "a") =>
  known({ kind: "timelock.fresh", first: value, last: value, ownProbes, leader });

/** A healthy service on the namespace orders, with the new namespace sales unknown to TimeLock. */
function readings(change: readonly Reading[] = [], state: BoundState = KEPT): Reading[] {
  const names = known({ kind: "timelock.namespaces", names: ["orders"], majority: true, silent: [] });
  const all = healthy(state, [names]);
  const old = all
    .filter(({ key }) => key.startsWith("timelock.") || key.startsWith("inventory."))
    .map((one) => at("source", one));
  return [...collect(all, old, [at("source", learned(TS))], change).values()];
}

function given(all: readonly Reading[], values: World["values"] = {}, facts: Partial<Facts> = {}): World {
  const base = world(all, values, facts);
  const stopProof = judgeStopProof({
    samples: [
      { at: "2026-11-21T11:57:00.000Z", readings: base.readings },
      { at: NOW, readings: base.readings },
    ],
    windowSeconds: 120,
    now: NOW,
    participants: base.facts.participants,
    attested: new Set(base.facts.attested.keys()),
    store: "source",
    sequence: "source",
    probes: [
      { value: 5_000_003n, ownProbes: 4n, leader: "a", at: NOW },
      { value: 5_000_001n, ownProbes: 2n, leader: "a", at: "2026-11-21T11:57:00.000Z" },
    ],
    ownBound: null,
    watching: true,
  });
  return { ...base, targets: TARGETS, facts: { ...base.facts, stopProof, ...facts } };
}

function situation(current: string): Situation {
  const index = renameNamespace.steps.findIndex((step) => step.id === current);
  return {
    state: "open",
    version: 1,
    steps: renameNamespace.steps.map((step, position) => ({
      id: step.id,
      state: position < index ? "done" : "pending",
    })),
    openAttempt: null,
  };
}

function run(stepId: string, one: World) {
  const typedPhrase = stepOf(renameNamespace, stepId).phrase(one.targets);
  return decideRun(renameNamespace, situation(stepId), one, {
    stepId,
    seenVersion: 1,
    typedPhrase,
    by: "person",
    continues: false,
  });
}

describe("what fits", () => {
  const asked: Asked = {
    service: "orders",
    storeKind: "postgres",
    recorded: { source: "timelock", clusterId: "c", namespace: "orders" },
    chosen: { clusterId: "c", namespace: "sales" },
    destination: null,
  };
  test.each<[string, Partial<Asked>, string | null]>([
    ["the same name", { chosen: { clusterId: "c", namespace: "orders" } }, "namespace"],
    ["another cluster", { chosen: { clusterId: "d", namespace: "sales" } }, "clusterId"],
    ["an embedded service", { recorded: { source: "embedded", clusterId: null, namespace: null } }, null],
  ])("%s is refused before anything is read", (_name, change, field) => {
    expect(renameNamespace.places({ ...asked, ...change })).toMatchObject({ fits: false, field });
  });

  test("the old namespace is what it leaves, the new one where it goes", () => {
    const places = renameNamespace.places(asked);
    expect(places).toMatchObject({
      fits: true,
      sequences: [
        { role: "destination", namespace: "sales" },
        { role: "source", namespace: "orders" },
      ],
    });
  });
});

describe("the data", () => {
  test("of a relational store stays, and of a Cassandra keyspace would have to move: refused, with the reason", () => {
    expect(run("assess", given(readings()))).toMatchObject({ ok: true });
    const keyspace = { ...store.identity, kind: "cassandra" as const, database: "orders" };
    const moved = { ...TARGETS, stores: [{ ...store, storeKind: "cassandra" as const, identity: keyspace }] };
    const refused = run("assess", { ...given(readings()), targets: moved });
    expect(refused).toMatchObject({ ok: false, reason: expect.stringContaining("keyspace orders to sales") });
    const [finding] = stepOf(renameNamespace, "assess").holds({ ...given(readings()), targets: moved });
    expect(finding).toMatchObject({ id: "data-stays", level: "blocking", attest: null });
    expect(finding?.remedy).toContain("Rename the namespace and move the data");
  });
});

describe("the names", () => {
  test("an old namespace that TimeLock does not know is refused, and never asked for a timestamp", () => {
    const none = known({ kind: "timelock.namespaces", names: [], majority: true, silent: [] });
    expect(run("assess", given(readings([none])))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("does not know"),
    });
  });

  test("a new namespace that another service uses is refused", () => {
    const users = known({
      kind: "inventory.namespace-users",
      services: [{ id: "1", name: "billing", environment: "production" }],
    });
    expect(run("assess", given(readings([users])))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("billing"),
    });
  });

  test("a store that is readable while its service is on TimeLock is mended first", () => {
    expect(run("assess", given(readings([], { state: "readable", bound: 5n })))).toMatchObject({ ok: false });
  });
});

describe("TS", () => {
  const take = (...change: readonly Reading[]) => run("take-ts", given(readings(change)));

  test("is the largest of what the old namespace issued and has stored, and of what the store shows", () => {
    const issued = at("source", fresh(5_000_004n));
    expect(take(issued)).toMatchObject({ ok: true, next: { values: { TS, K: 1_010_001n } } });
    const none = at(
      "source",
      known({ kind: "timelock.learned", state: "none", bound: null, reason: null, nodes: [] }),
    );
    expect(take(issued, none)).toMatchObject({ ok: true, next: { values: { TS: 6_000_004n } } });
  });

  test("is refused where the old namespace stands below the backup or the data", () => {
    expect(take(at("source", fresh(900_000n)))).toMatchObject({ ok: false });
    expect(
      take(at("source", fresh(5_000_004n)), known({ kind: "store.punch", punch: punch(5_000_004n) })),
    ).toMatchObject({
      ok: false,
    });
  });
});

describe("the new namespace", () => {
  test("is measured by TS, and not by the stale backup that every start forwards to", () => {
    const settled = (value: bigint) => {
      const step = stepOf(renameNamespace, "fast-forward");
      if (step.kind !== "act") throw new Error("no act");
      return step.settled(given(readings([fresh(value), learned(value + 999_999n)]), { TS, K: 1_010_001n }));
    };
    expect(settled(TS + 1n)).toMatchObject({ outcome: "done" });
    const stale = settled(1_010_002n);
    expect(stale.outcome).toBe("not-applied");
    expect(stale.findings).toContainEqual(
      expect.objectContaining({
        id: "not-backup",
        level: "warning",
        title: expect.stringContaining("backup 1010001"),
      }),
    );
  });

  test("that was lifted to the backup by an early start is told so before it is claimed", () => {
    const lifted = stepOf(renameNamespace, "claim").holds(
      given(readings([learned(2_010_001n)]), { TS, K: 1_010_001n }),
    );
    expect(lifted).toContainEqual(expect.objectContaining({ id: "not-backup", level: "warning" }));
  });
});

describe("the old namespace", () => {
  const before = { value: 5_000_004n, ownProbes: 4n, leader: "a", at: NOW };
  const read = (value: bigint, ownProbes: bigint, leader = "a", stored = TS) =>
    run(
      "read-old",
      given(
        readings([at("source", fresh(value, ownProbes, leader)), at("source", learned(stored))]),
        { TS },
        { lastFresh: { source: before } },
      ),
    );

  test("that advanced by Lockstep's own probes alone is left behind", () => {
    expect(read(5_000_005n, 6n)).toMatchObject({ ok: true });
  });
  test("that somebody still uses means that TS is taken and forwarded to again", () => {
    expect(read(5_000_010n, 6n)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("4 timestamps"),
    });
    expect(read(5_000_005n, 6n, "a", TS + 1n)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("take TS again"),
    });
    expect(stepOf(renameNamespace, "take-ts").undo.kind).toBe("reopen");
  });
  test("whose leader changed is asked once more", () => {
    expect(read(5_000_005n, 6n, "b")).toMatchObject({
      ok: false,
      reason: expect.stringContaining("Try once more"),
    });
  });

  test("that is used after the start opens an incident: a forgotten node", () => {
    const judged = (value: bigint) =>
      renameNamespace.watch
        .judge(
          given(
            readings([
              at("source", fresh(value, 6n)),
              fresh(7_000_000n),
              known({ kind: "store.punch", punch: punch(6_500_000n) }),
            ]),
            { TS, K: 1_010_001n },
            { lastFresh: { source: before } },
          ),
        )
        .filter(({ level }) => level === "blocking")
        .map(({ id }) => id);
    expect(judged(5_000_005n)).toEqual([]);
    expect(judged(5_000_500n)).toEqual(["old-still"]);
  });

  test("leaves its traces where they are: the real places are named, and nothing is deleted", () => {
    const places = stepOf(renameNamespace, "clean-up").holds(given(readings()));
    const words = places.map(({ title, detail }) => `${title} ${detail ?? ""}`).join(" ");
    for (const place of ["sqliteData.db", "paxosLog", "pt_timelock_db_ts", "var/data/paxos/orders"])
      expect(words).toContain(place);
    expect(stepOf(renameNamespace, "clean-up")).toMatchObject({ kind: "operator", optional: true });
    const operations = renameNamespace.steps.flatMap((step) => (step.kind === "act" ? step.templates : []));
    expect(new Set(operations.map(({ kind }) => kind))).toEqual(
      new Set(["timelock.claim", "timelock.fast-forward"]),
    );
  });
});
