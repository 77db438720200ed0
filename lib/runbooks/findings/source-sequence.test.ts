import { expect, test } from "vitest";

import { obstacles } from "#lib/engine/finding.ts";
import { collect, type Reading } from "#lib/engine/reading.ts";
import { stepOf, type Targets } from "#lib/engine/step.ts";
import { sequenceStill } from "#lib/runbooks/findings/source-sequence.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import { renameAndMove } from "#lib/runbooks/rename-and-move.ts";
import { at, EMBEDDED, given, ON_TIMELOCK, readings, VALUES } from "#lib/runbooks/testing-move-store.ts";
import { known, missing, NOW } from "#lib/runbooks/testing.ts";

const fresh = (last: bigint, ownProbes: bigint, leader: string | null = "a") =>
  at("source", known({ kind: "timelock.fresh", first: last, last, ownProbes, leader }));
const learned = (bound: bigint) =>
  at("source", known({ kind: "timelock.learned", state: "known", bound, reason: null, nodes: [] }));
const deferred = at("source", missing("timelock.fresh", "Only the step asks.", true));

/** The two stores use two namespaces, as a service that is renamed on its way does. */
const APART: Targets = {
  ...ON_TIMELOCK,
  sequences: ON_TIMELOCK.sequences.map((one) =>
    one.role === "source" ? { ...one, namespace: "orders-before" } : one,
  ),
};

const STOP = [fresh(1_999_000n, 10n), learned(2_500_000n)];

function judged(now: readonly Reading[], targets = APART, values: Partial<typeof VALUES> = VALUES) {
  const finished = new Map([["stop", { at: NOW, by: "Olga", readings: collect(readings(STOP)) }]]);
  const seen = given([learned(2_500_000n), ...now], { finished }, targets);
  return { ...seen, values };
}

test.each<[string, readonly Reading[], Targets, string]>([
  ["nothing but our probes", [fresh(1_999_003n, 13n)], APART, "pass"],
  ["less than our probes may have used", [fresh(1_999_001n, 14n)], APART, "pass"],
  ["one of somebody else", [fresh(1_999_004n, 13n)], APART, "blocking"],
  ["a jump under another leader", [fresh(2_400_000n, 13n, "b")], APART, "unknown"],
  ["our probes alone under another leader", [fresh(1_999_003n, 13n, "b")], APART, "pass"],
  ["a jump where no leader is told", [fresh(2_400_000n, 13n, null)], APART, "unknown"],
  ["less than at the stop", [fresh(1_998_000n, 13n)], APART, "blocking"],
  ["nothing that could be read", [at("source", missing("timelock.fresh"))], APART, "unknown"],
  // S and C were taken as 2000001 and 2000002, above X, which the store showed; that raised the shared sequence by 1000.
  [
    "X, S, C and a probe of ours, where one namespace is shared",
    [fresh(2_000_003n, 13n)],
    ON_TIMELOCK,
    "pass",
  ],
  ["one more than those", [fresh(2_000_004n, 13n)], ON_TIMELOCK, "blocking"],
])("at the hand-over: %s", (_name, now, targets, level) => {
  const [finding] = sequenceStill(judged(now, targets));
  expect(finding?.level).toBe(level);
});

test.each<[string, readonly Reading[], Targets, readonly string[]]>([
  ["stands", [learned(2_500_000n)], APART, []],
  ["moved, and no timestamp of ours did that", [learned(3_500_000n)], APART, ["blocking"]],
  ["moved while a fresh one is still to be taken", [learned(3_500_000n), deferred], APART, ["blocking"]],
  [
    "moved by our own fresh timestamp above it",
    [learned(3_500_000n), fresh(2_500_003n, 1_510n, "b")],
    APART,
    ["unknown"],
  ],
  ["lags on a node", [learned(2_400_000n)], APART, []],
])("the stored bound %s", (_name, now, targets, levels) => {
  expect(sequenceStill(judged(now, targets)).map(({ level }) => level)).toEqual(levels);
});

test("S and C raise the bound of a shared namespace, and are ours", () => {
  const raised = { X: 2_600_000n, S: 2_600_001n, C: 2_600_002n };
  const now = [learned(3_600_000n)];
  expect(sequenceStill(judged(now, ON_TIMELOCK, raised))).toEqual([]);
  expect(sequenceStill(judged(now, APART, raised)).map(({ level }) => level)).toEqual(["blocking"]);
});

test("a source that keeps its own bound has no such sequence", () => {
  expect(sequenceStill(judged([fresh(9_000_000n, 1n)], EMBEDDED))).toEqual([]);
});

test("a later quiet window does not make the copy good again, and the words say what to do", () => {
  const probe = { value: 1_999_503n, ownProbes: 12n, leader: "a", at: NOW };
  const seen = judged([fresh(1_999_504n, 13n)]);
  const later = { ...seen, facts: { ...seen.facts, lastFresh: { source: probe } } };
  for (const [runbook, stepId] of [
    [moveStore, "hand-over"],
    [renameAndMove, "read-old"],
  ] as const) {
    const found = obstacles(stepOf(runbook, stepId).holds(later), new Set(), "all");
    const one = found.find(({ id }) => id === "source-sequence");
    expect(one, runbook.id).toMatchObject({ level: "blocking", attest: null });
    expect(`${one?.detail} ${one?.remedy}`).toMatch(/copy is void.*start over/);
  }
});

test.each([moveStore, renameAndMove])(
  "$id looks back to the stop in every step until the hand-over",
  (runbook) => {
    const seen = judged([learned(3_500_000n)]);
    const handOver = runbook === moveStore ? "hand-over" : "read-old";
    for (const id of ["set-up", "raise", "commit", "copy", "validate", handOver, "configure"]) {
      const ids = stepOf(runbook, id)
        .holds(seen)
        .flatMap((one) => (one.level === "blocking" ? [one.id] : []));
      expect(ids, id).toContain("source-sequence");
    }
    const ids = runbook.meanwhile?.(seen).map((one) => one.id);
    expect(ids).toContain("source-sequence");
  },
);
