import { describe, expect, test } from "vitest";

import {
  judgeDestinationSequence,
  judgeNewestStart,
  judgeSourceSequence,
  judgeUse,
  type SequenceReading,
  type SideTimes,
  sourceBound,
} from "#lib/mover/assess-sequences.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";

const times = (more: Partial<SideTimes> = {}): SideTimes => ({
  name: "store",
  sequence: { kind: "embedded" },
  bound: { state: "readable", bound: 1_000n },
  punch: null,
  entry: { state: "none" },
  ...more,
});

const namespace = (
  state: "known" | "none" | "absent" | "unknown",
  bound: bigint | null = null,
): SequenceReading => ({
  kind: "timelock",
  namespace: "orders",
  state,
  bound,
  reason: state === "unknown" ? "Two of three nodes are silent." : null,
});

const punch = (timestamp: bigint) => ({ timestamp, wallMillis: null });

describe("the source's sequence", () => {
  const cases: readonly [string, Partial<SideTimes>, string][] = [
    ["a readable bound above everything", { entry: { state: "known", start: 8n, commit: 9n } }, "pass"],
    ["a bound below the newest commit", { entry: { state: "known", start: 8n, commit: 1_001n } }, "blocking"],
    ["a bound below the newest punch", { punch: punch(1_001n) }, "blocking"],
    [
      "the initial bound while data exists",
      { bound: { state: "readable", bound: 10_000n }, punch: punch(20_000n) },
      "blocking",
    ],
    ["an invalidated bound without TimeLock", { bound: { state: "invalidated", kept: 5n } }, "blocking"],
    ["no bound at all", { bound: { state: "no-table" } }, "blocking"],
    ["a bound near the largest", { bound: { state: "readable", bound: FAST_FORWARD_MAX + 1n } }, "blocking"],
    [
      "a bound of a store that is really new",
      { bound: { state: "readable", bound: 1_010_001n }, punch: punch(20_000n) },
      "pass",
    ],
    [
      "a new bound below which nothing of the data is",
      { bound: { state: "readable", bound: 1_010_001n }, punch: punch(9n) },
      "blocking",
    ],
    ["a bound below 1", { bound: { state: "readable", bound: -1n } }, "blocking"],
    [
      "a bound far above the data",
      { bound: { state: "readable", bound: 2n ** 60n }, punch: punch(9n) },
      "warning",
    ],
    ["a namespace above everything", { sequence: namespace("known", 2_000n), punch: punch(1_999n) }, "pass"],
    [
      "a namespace below the store",
      { sequence: namespace("known", 2_000n), punch: punch(2_001n) },
      "blocking",
    ],
    ["a namespace that does not exist", { sequence: namespace("absent") }, "blocking"],
    ["a namespace whose nodes are silent", { sequence: namespace("unknown") }, "unknown"],
    ["a TimeLock without learned values", { sequence: namespace("none") }, "pass"],
  ];

  test.each(cases)("%s", (_words, more, level) => {
    expect(judgeSourceSequence(times(more)).level).toBe(level);
  });

  test("is that of TimeLock where the service uses it, whatever the store kept", () => {
    expect(sourceBound(times({ sequence: namespace("known", 7n) }))).toBe(7n);
    expect(sourceBound(times({ sequence: namespace("none") }))).toBeNull();
    expect(sourceBound(times({ bound: { state: "no-row" } }))).toBeNull();
  });
});

describe("the destination's bound, where a client is to start", () => {
  const states: readonly [BoundState, embedded: string, beside: string][] = [
    [{ state: "readable", bound: 5n }, "pass", "warning"],
    [{ state: "readable", bound: 0n }, "blocking", "warning"],
    [{ state: "readable", bound: FAST_FORWARD_MAX + 1n }, "blocking", "warning"],
    [{ state: "no-row" }, "pass", "pass"],
    [{ state: "no-table" }, "pass", "pass"],
    [{ state: "invalidated", kept: 5n }, "blocking", "pass"],
    [{ state: "no-row-invalidated" }, "blocking", "pass"],
    [{ state: "neither", tr: 5n }, "blocking", "blocking"],
    [{ state: "both", rows: [] }, "blocking", "blocking"],
    [{ state: "several-rows", readable: true, values: [1n, 2n] }, "blocking", "blocking"],
    [{ state: "unrecognised", detail: "odd" }, "blocking", "blocking"],
  ];

  test.each(states)("%o", (bound, embedded, beside) => {
    const alone = judgeDestinationSequence(times({ bound }));
    expect(alone.map(({ level }) => level)).toEqual([embedded]);
    const [first] = judgeDestinationSequence(times({ bound, sequence: namespace("known", 9n) }));
    expect(first?.level).toBe(beside);
  });

  test.each([
    ["known", "pass", false],
    ["none", "pass", false],
    ["absent", "unknown", true],
    ["unknown", "unknown", false],
  ] as const)("its namespace: %s", (state, level, isAttestable) => {
    const side = times({ bound: { state: "no-row" }, sequence: namespace(state) });
    const [, found] = judgeDestinationSequence(side);
    expect(found?.level).toBe(level);
    expect(found?.attest !== null).toBe(isAttestable);
  });
});

describe("the destination's transactions", () => {
  test.each([
    [{ state: "none" }, 50n, "pass"],
    [{ state: "known", start: 50n, commit: null }, 50n, "pass"],
    [{ state: "known", start: 51n, commit: null }, 50n, "warning"],
    [{ state: "known", start: 51n, commit: null }, null, "warning"],
    [{ state: "known", start: FAST_FORWARD_MAX, commit: null }, 50n, "blocking"],
    [{ state: "unknown", because: "The keys are not in order." }, 50n, "unknown"],
  ] as const)("%o with the source at %s", (entry, x, level) => {
    expect(judgeNewestStart(times({ entry }), x).level).toBe(level);
  });
});

describe("a punch in the destination", () => {
  const readAt = "2026-01-01T12:00:00.000000Z";
  const at = (offsetMs: number) => ({ timestamp: 5n, wallMillis: BigInt(Date.parse(readAt) + offsetMs) });

  test("that is fresh has to be explained, an old one or a strange clock has not", () => {
    expect(judgeUse(times({ punch: at(-60_000) }), readAt)[0]?.level).toBe("unknown");
    for (const other of [at(-3_600_000), at(3_600_000), punch(5n), null])
      expect(judgeUse(times({ punch: other }), readAt)).toEqual([]);
  });
});
