import { describe, expect, test } from "vitest";

import { collect, type Reading } from "#lib/engine/reading.ts";
import type { Asked, Targets, World } from "#lib/engine/step.ts";
import { keyspaceNamed, takeRenameAndMove } from "#lib/runbooks/findings/renaming.ts";
import { oldStill } from "#lib/runbooks/findings/left-timelock.ts";
import { renameAndMove } from "#lib/runbooks/rename-and-move.ts";
import { known, bound, punch, targetsAt, TO_TIMELOCK, world } from "#lib/runbooks/testing.ts";

const [sequence] = targetsAt(TO_TIMELOCK).sequences;
const [store] = targetsAt(TO_TIMELOCK).stores;
if (!sequence || !store) throw new Error("no targets");

const TARGETS: Targets = {
  ...targetsAt(TO_TIMELOCK),
  stores: [store, { ...store, role: "destination", label: "new-db" }],
  sequences: [
    { ...sequence, role: "destination", namespace: "sales" },
    { ...sequence, role: "source", namespace: "orders" },
  ],
};
const asked: Asked = {
  service: "orders",
  storeKind: "cassandra",
  recorded: { source: "timelock", clusterId: "c", namespace: "orders" },
  chosen: { clusterId: "c", namespace: "sales" },
  destination: { kind: "cassandra", isOwn: false, timestamps: "timelock" },
} as Asked;

const at = (role: "source" | "destination", one: Reading): Reading => ({
  ...one,
  key: `${one.key.split("@")[0]}@${role}`,
});

function given(values: World["values"]): World {
  return { ...world([], values), targets: TARGETS };
}

describe("where it goes", () => {
  test("the new namespace is the destination's sequence, on the store that was chosen", () => {
    expect(renameAndMove.places(asked)).toMatchObject({
      fits: true,
      store: "source",
      otherStore: "destination",
      sequences: [
        { role: "destination", namespace: "sales" },
        { role: "source", namespace: "orders" },
      ],
    });
  });

  test.each<[string, Partial<Asked>, string | null]>([
    ["the old name again", { chosen: { clusterId: "c", namespace: "orders" } }, "namespace"],
    ["another cluster", { chosen: { clusterId: "d", namespace: "sales" } }, "clusterId"],
    ["no other store", { destination: null }, "destinationStoreId"],
    [
      "the service's own store",
      { destination: { kind: "cassandra", isOwn: true, timestamps: "timelock" } } as Partial<Asked>,
      "destinationStoreId",
    ],
    ["an embedded service", { recorded: { source: "embedded", clusterId: null, namespace: null } }, null],
  ])("%s is refused before anything is read", (_name, change, field) => {
    expect(renameAndMove.places({ ...asked, ...change })).toMatchObject({ fits: false, field });
  });

  test("a keyspace must have the new name; a relational store has a namespace of its own", () => {
    const on = (storeKind: "cassandra" | "postgres", database: string): World => {
      const there = {
        ...store,
        role: "destination" as const,
        storeKind,
        identity: { ...store.identity, database },
      };
      return { ...given({}), targets: { ...TARGETS, stores: [store, there] } };
    };
    expect(keyspaceNamed(on("cassandra", "sales"), "destination").level).toBe("pass");
    expect(keyspaceNamed(on("cassandra", "orders"), "destination")).toMatchObject({ level: "blocking" });
    expect(keyspaceNamed(on("postgres", "orders"), "destination").level).toBe("pass");
  });
});

describe("the order", () => {
  test("the new name is claimed and lifted before S and C are taken from it, and before a cell is copied", () => {
    const ids = renameAndMove.steps.map(({ id }) => id);
    const order = [
      "stop",
      "take-ts",
      "set-up",
      "claim",
      "fast-forward",
      "raise",
      "commit",
      "copy",
      "validate",
      "read-old",
      "configure",
      "start",
    ];
    expect(ids.filter((id) => order.includes(id))).toEqual(order);
  });

  test("TS is never below X, so that S, which lies above TS, lies above both", () => {
    const readings = collect(
      [
        known({ kind: "timelock.fresh", first: 50n, last: 51n, ownProbes: 2n, leader: "a" }),
        known({ kind: "store.bound", bound: bound({ state: "invalidated", kept: 40n }) }),
        known({ kind: "store.punch", punch: punch(45n) }),
      ].map((one) => at("source", one)),
    );
    const seen: World = { ...given({ X: 9_000_000n }), readings };
    expect(takeRenameAndMove(seen, "source", "source").TS).toBe(9_000_000n);
    expect(takeRenameAndMove({ ...seen, values: { X: 7n } }, "source", "source").TS).toBeGreaterThan(51n);
    expect(takeRenameAndMove({ ...seen, values: {} }, "source", "source")).toEqual({});
  });

  test("an old name that stands above TS is answered by TS again before S is taken, and by starting over behind it", () => {
    const fresh = known({ kind: "timelock.fresh", first: 60n, last: 61n, ownProbes: 2n, leader: "a" });
    const seen: World = { ...given({ TS: 50n }), readings: collect([at("source", fresh)]) };
    expect(oldStill(seen, "source")).toMatchObject({
      level: "blocking",
      remedy: expect.stringContaining("take TS again") as string,
    });
    expect(oldStill({ ...seen, values: { TS: 50n, S: 70n, C: 71n } }, "source")).toMatchObject({
      level: "blocking",
      remedy: expect.stringContaining("start over") as string,
    });
  });
});
