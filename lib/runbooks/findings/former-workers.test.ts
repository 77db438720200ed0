import { describe, expect, test } from "vitest";

import { findingSubject, obstacles } from "#lib/engine/finding.ts";
import type { TablesState } from "#lib/engine/move-reading.ts";
import { collect } from "#lib/engine/reading.ts";
import { stepOf, type Targets, type World } from "#lib/engine/step.ts";
import { formerWorkers } from "#lib/runbooks/findings/former-workers.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import { known, targetsAt, TO_TIMELOCK, world } from "#lib/runbooks/testing.ts";
import type { StoreKind } from "#lib/stores/schema.ts";

const FROZEN = { id: "one", host: "worker-3", processId: 4_711, seenAt: "2026-11-21T10:00:00.000Z" };

function given(writers: TablesState["writers"] | null, storeKind: StoreKind = "cassandra"): World {
  const [store] = targetsAt(TO_TIMELOCK).stores;
  if (store === undefined) throw new Error("no store");
  const there = { ...store, role: "destination", storeKind, label: "new-cluster" } as const;
  const targets: Targets = { ...targetsAt(TO_TIMELOCK), stores: [store, there], sequences: [] };
  const base = world([], {});
  if (writers === null) return { ...base, targets };
  const tables = { differences: [], differenceCount: 0, drops: [], filledSince: [], filled: [], writers };
  return { ...base, targets, readings: collect([known({ kind: "move.tables", tables })]) };
}

const stops = (one: World, declared: readonly string[] = []) =>
  obstacles(formerWorkers(one), new Set(declared.map(findingSubject)), "all").map(({ id }) => id);

describe("workers of an earlier copy into a store on Cassandra", () => {
  test("that still hold ranges stop the setup, whatever is declared", () => {
    expect(stops(given({ holding: 2, silent: [] }), ["former-workers"])).toEqual(["former-workers"]);
    expect(stops(given({ holding: 0, silent: [] }))).toEqual([]);
  });

  test("that fell silent are declared ended one by one, because a frozen one may wake up", () => {
    const other = { ...FROZEN, id: "two", processId: null, seenAt: null };
    const one = given({ holding: 0, silent: [FROZEN, other] });
    expect(stops(one)).toEqual(["former-worker-one", "former-worker-two"]);
    expect(stops(one, ["former-worker-one"])).toEqual(["former-worker-two"]);
    expect(stops(one, ["former-worker-one", "former-worker-two"])).toEqual([]);
    const [first] = formerWorkers(one);
    expect(first?.title).toContain("process 4711 on worker-3");
    expect(first?.detail).toContain(FROZEN.seenAt);
  });

  test("that cannot be told are not taken for none", () => {
    expect(stops(given(null))).toEqual(["former-workers"]);
  });

  test("are kept out by Postgres itself", () => {
    expect(formerWorkers(given({ holding: 2, silent: [FROZEN] }, "postgres"))).toEqual([]);
  });

  test("are asked about with the backups, and again before anything is dropped", () => {
    const one = given({ holding: 0, silent: [FROZEN] });
    const asking = moveStore.steps
      .filter(({ id }) => id === "backups" || id === "set-up")
      .filter(({ id }) =>
        stepOf(moveStore, id)
          .holds(one)
          .some(({ id: finding }) => finding === "former-worker-one"),
      );
    expect(asking.map(({ id }) => id)).toEqual(["backups", "set-up"]);
  });
});
