import { describe, expect, test } from "vitest";

import type { JobState } from "#lib/engine/move-reading.ts";
import { stepOf, type Targets } from "#lib/engine/step.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import {
  EMBEDDED,
  ON_TIMELOCK,
  at,
  job,
  commitOf,
  tables,
  given,
  run,
  settled,
} from "#lib/runbooks/testing-move-store.ts";
import { bound, known, punch } from "#lib/runbooks/testing.ts";

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
        filledSince: [],
        filled: [],
        writers: { holding: 0, silent: [] },
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
