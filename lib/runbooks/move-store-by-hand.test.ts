import { describe, expect, test } from "vitest";

import { collect, type Reading } from "#lib/engine/reading.ts";
import { stepOf, type Targets, type World } from "#lib/engine/step.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import {
  ON_TIMELOCK,
  EMBEDDED,
  at,
  tables,
  readings,
  given,
  run,
  settled,
} from "#lib/runbooks/testing-move-store.ts";
import { bound, known, NOW, punch } from "#lib/runbooks/testing.ts";

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
          filledSince: [],
          filled: [],
          writers: { holding: 0, silent: [] },
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
      sequences: ON_TIMELOCK.sequences.map((one) =>
        one.role === "destination" ? { ...one, namespace: "other" } : one,
      ),
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
