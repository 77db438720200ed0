import { describe, expect, test } from "vitest";

import { collect, type Reading } from "#lib/engine/reading.ts";
import type { FreshProbe } from "#lib/engine/step.ts";
import { judgeStopProof } from "#lib/runbooks/findings/stop-proof.ts";
import { TIMESTAMPS } from "#lib/runbooks/findings/stop-proof-sequence.ts";
import { healthy, known } from "#lib/runbooks/testing.ts";

const START = Date.parse("2026-11-21T12:00:00.000Z");
const time = (second: number) => new Date(START + second * 1000).toISOString();
const participants = [{ subject: "node:1", label: "orders-1", hint: null }];

function probe(second: number, value: bigint, ownProbes: bigint, leader = "a"): FreshProbe {
  return { value, ownProbes, leader, at: time(second) };
}

function learned(bound: bigint | null): Reading {
  const state = bound === null ? "unknown" : "known";
  const one = known({
    kind: "timelock.learned",
    state,
    bound,
    reason: bound === null ? "too old" : null,
    nodes: [],
  });
  return { ...one, key: "timelock.learned@source" };
}

function judge(
  probes: readonly FreshProbe[],
  bounds: readonly (bigint | null)[] = [6_000_000n, 6_000_000n],
  change: { readonly now?: number; readonly attested?: readonly string[]; readonly ownBound?: bigint } = {},
) {
  const still = (bound: bigint | null) =>
    collect(healthy({ state: "invalidated", kept: 5n }), [learned(bound)]);
  const seconds = [0, 130];
  return judgeStopProof({
    samples: bounds.map((bound, index) => ({ at: time(seconds[index] ?? 0), readings: still(bound) })),
    windowSeconds: 120,
    now: time(change.now ?? 130),
    participants,
    attested: new Set(["node:1", ...(change.attested ?? [])]),
    store: "source",
    sequence: "source",
    probes,
    ownBound: change.ownBound ?? null,
    watching: true,
  });
}

const level = (proof: ReturnType<typeof judge>, id = TIMESTAMPS) =>
  proof.sources.find((one) => one.id === id)?.level;

describe("a service on TimeLock", () => {
  test("is proven stopped by two timestamps of one leader, a window apart, that differ by our own probes alone", () => {
    const proof = judge([probe(130, 103n, 4n), probe(0, 101n, 2n)]);
    expect(level(proof)).toBe("proven");
    expect(proof).toMatchObject({ level: "proven", awaitsRun: false });
  });

  test("is moving when one more was taken than Lockstep's own", () => {
    const proof = judge([probe(130, 104n, 4n), probe(0, 101n, 2n)]);
    expect(level(proof)).toBe("moving");
    expect(proof).toMatchObject({ level: "moving", awaitsRun: false });
  });

  test("is not proven over a change of the leader: then it is looked at again", () => {
    expect(judge([probe(130, 1_000_103n, 4n, "b"), probe(0, 101n, 2n)])).toMatchObject({ level: "unknown" });
  });

  test("is not proven within the window, where an idle client looks the same", () => {
    const proof = judge([probe(60, 102n, 4n), probe(0, 101n, 2n)], undefined, { now: 61 });
    expect(level(proof)).toBe("quiet");
    expect(proof).toMatchObject({ level: "unknown", awaitsRun: false });
    expect(proof.summary).toContain("Run the step again in 59 s");
  });

  test("waits for nothing but the running of the step where no probe was taken, or the next would prove it", () => {
    expect(judge([])).toMatchObject({ level: "unknown", awaitsRun: true });
    expect(judge([probe(0, 101n, 2n)])).toMatchObject({ level: "unknown", awaitsRun: true });
    expect(judge([probe(60, 101n, 2n)])).toMatchObject({ level: "unknown", awaitsRun: false });
  });

  test("is moving when TimeLock's stored bound moves, unless our own probe raised it", () => {
    expect(level(judge([], [6_000_000n, 7_000_000n]), "learned")).toBe("moving");
    const raised = judge([probe(130, 6_000_001n, 4n), probe(0, 6_000_000n, 2n)], [6_000_000n, 7_000_001n]);
    expect(level(raised, "learned")).toBe("quiet");
  });

  test("needs a declaration where TimeLock's stored bound cannot be read", () => {
    const probes = [probe(130, 103n, 4n), probe(0, 101n, 2n)];
    expect(judge(probes, [null, null])).toMatchObject({ level: "unknown" });
    expect(judge(probes, [null, null], { attested: ["unread:learned"] })).toMatchObject({ level: "proven" });
  });
});
