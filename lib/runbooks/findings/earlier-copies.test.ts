import { describe, expect, test } from "vitest";

import type { Finding } from "#lib/engine/finding.ts";
import { collect, type Reading } from "#lib/engine/reading.ts";
import { stepOf } from "#lib/engine/step.ts";
import { clientSince, nobodySinceSetUp, nobodyStartedThere } from "#lib/runbooks/findings/earlier-copies.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import { renameAndMove } from "#lib/runbooks/rename-and-move.ts";
import { bound, known, missing, NOW, punch, targetsAt, TO_TIMELOCK, world } from "#lib/runbooks/testing.ts";

const AT = { store: "destination", sequence: "source" } as const;
const COMMITS = [100n, 200n, 300n];

const punched = (timestamp: bigint | null) =>
  known({ kind: "store.punch", punch: punch(timestamp) }, NOW, AT);
const entered = (newestStart: bigint | null, newestCommit: bigint | null) =>
  known(
    {
      kind: "store.transactions",
      mark: {
        table: "present",
        newestStart,
        newestCommit,
        rowsWritten: null,
        source: "test",
        countedSince: null,
        readAt: NOW,
      },
    },
    NOW,
    AT,
  );
const held = (value: bigint) =>
  known({ kind: "store.bound", bound: bound({ state: "readable", bound: value }) }, NOW, AT);

function since(readings: readonly Reading[], embedded = true) {
  return clientSince(collect(readings), COMMITS, { embedded });
}

describe("after several copies a client is told by", () => {
  test.each<[string, readonly Reading[], bigint]>([
    ["a punch between two of them, which the newest C would hide", [punched(150n)], 150n],
    ["an entry between two of them", [entered(149n, 151n)], 151n],
    ["an entry after all of them", [entered(400n, 401n)], 401n],
    ["a start that was never committed", [entered(400n, null)], 400n],
    ["the bound, where it is the sequence", [held(1_000_300n)], 1_000_300n],
  ])("%s", (_name, readings, found) => {
    expect(since(readings)).toBe(found);
  });
});

test.each<[string, readonly Reading[]]>([
  ["the entry of any of them", [entered(199n, 200n), punched(null)]],
  ["the newest entry", [entered(299n, 300n), held(300n)]],
  ["what was there before all of them", [entered(50n, 60n), punched(70n), held(90n)]],
  ["nothing", []],
])("%s is no client's", (_name, readings) => {
  expect(since(readings)).toBeNull();
});

test("the bound tells nothing where TimeLock is the destination's sequence", () => {
  expect(since([held(1_000_300n)], false)).toBeNull();
});

const base = targetsAt(TO_TIMELOCK);
const stores = base.stores.flatMap((one) => [one, { ...one, role: "destination" as const }]);
const sequences = base.sequences.flatMap((one) => [one, { ...one, role: "source" as const }]);
const given = (readings: readonly Reading[], copiesThere: readonly bigint[]) => ({
  ...world(readings, { X: 50n, TS: 60n }, { copiesThere }),
  targets: { ...base, stores, sequences },
});

test.each([moveStore, renameAndMove])(
  "$id asks it before tables are dropped, before S and C are taken, and to start over",
  (runbook) => {
    const seen = given([held(90n), punched(150n), entered(199n, 200n)], COMMITS);
    const asked = (findings: readonly Finding[] = []) =>
      findings.find(({ id }) => id === "nobody-started")?.level ?? "not asked";
    for (const id of ["set-up", "raise"]) expect(asked(stepOf(runbook, id).holds(seen)), id).toBe("blocking");
    expect(asked(runbook.startOver?.holds(seen))).toBe("blocking");
  },
);

test("where nothing was ever copied nothing is said, and what cannot be read is unknown", () => {
  const unread = [held(90n), missing("store.punch", "Away.", false, AT), entered(null, null)];
  const levels = (readings: readonly Reading[], copies: readonly bigint[]) =>
    nobodyStartedThere(given(readings, copies), "tables").map(({ level }) => level);
  expect(levels(unread, [])).toEqual([]);
  expect(levels(unread, COMMITS)).toEqual(["unknown"]);
  expect(levels([held(90n), punched(150n), entered(null, null)], COMMITS)).toEqual(["blocking"]);
  expect(levels([held(90n), punched(90n), entered(null, null)], COMMITS)).toEqual(["pass"]);
});

describe("since the setup of a first copy", () => {
  const after = (mark: readonly Reading[], now: readonly Reading[]) => {
    const seen = given(now, []);
    const finished = new Map([["set-up", { at: NOW, by: "Olga", readings: collect(mark) }]]);
    return { ...seen, facts: { ...seen.facts, finished } };
  };
  const empty = [punched(null), entered(40n, 41n)];
  const away = missing("store.punch", "Away.", false, AT);

  test.each<[string, readonly Reading[], readonly Reading[], string]>([
    ["nothing new", empty, empty, "pass"],
    ["a punch below what the store held", empty, [punched(30n), entered(40n, 41n)], "pass"],
    ["a punch of a client", empty, [punched(42n), entered(40n, 41n)], "blocking"],
    ["an entry of a client", empty, [punched(null), entered(50n, null)], "blocking"],
    [
      "the first entry of all",
      [punched(null), entered(null, null)],
      [punched(null), entered(1n, 2n)],
      "blocking",
    ],
    ["what cannot be read now", empty, [away, entered(40n, 41n)], "unknown"],
    ["what was not read then", [away], empty, "unknown"],
  ])("%s", (_name, mark, now, level) => {
    expect(nobodySinceSetUp(after(mark, now)).level).toBe(level);
  });

  test.each([moveStore, renameAndMove])("$id, before S and C are taken", (runbook) => {
    const levels = (now: readonly Reading[]) =>
      stepOf(runbook, "raise")
        .holds(after(empty, now))
        .flatMap(({ id, level }) => (id === "unused-since-set-up" ? [level] : []));
    expect(levels(empty)).toEqual(["pass"]);
    expect(levels([punched(42n), entered(40n, 41n)])).toEqual(["blocking"]);
    const ids = stepOf(runbook, "raise")
      .holds(after(empty, empty))
      .map(({ id }) => id);
    expect(ids).toContain("quiet-there");
  });
});
