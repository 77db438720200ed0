import { describe, expect, test } from "vitest";

import { makePlan, planHash } from "#lib/engine/plan.ts";
import { hasPlaceOf, operationsFor, stepOf, type Asked, type World } from "#lib/engine/step.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import {
  TABLE,
  EMBEDDED,
  ON_TIMELOCK,
  assessment,
  at,
  commitOf,
  tables,
  given,
  run,
  settled,
} from "#lib/runbooks/testing-move-store.ts";
import { bound, known, missing, NOW } from "#lib/runbooks/testing.ts";

const SAID = { by: "Olga", at: NOW, note: "another service" };

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

  test("is read again with what it holds: what was approved as empty and is not stops the setup", () => {
    const empty = {
      ...EMBEDDED,
      move: { tables: [TABLE], dropped: [{ name: "app.orders", versions: 0, bytes: null }] },
    };
    const there = (filledSince: readonly string[] | null) =>
      given([tables(["app.orders"], [], filledSince)], {}, empty);
    expect(run("set-up", there([]))).toMatchObject({ ok: true });
    expect(run("set-up", there(["app.orders"]))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/empty when the plan was approved.*app\.orders/),
    });
    expect(run("set-up", there(null))).toMatchObject({ ok: false });
    expect(run("set-up", given([tables(["app.orders"], [], null)]))).toMatchObject({ ok: true });
  });

  test("a setup is not believed while created tables hold cells", () => {
    expect(settled("set-up", given([tables([], ["app.orders"])]))).toMatchObject({ outcome: "not-applied" });
    expect(settled("set-up", given([tables([])]))).toMatchObject({ outcome: "done" });
  });

  test("nor while what the destination shows afterwards is not known: that is the mark for clients that start", () => {
    for (const kind of ["store.punch", "store.transactions"] as const) {
      const away = at("destination", missing(kind, "Away."));
      expect(settled("set-up", given([tables([]), away]))).toMatchObject({
        outcome: "uncertain",
        because: "Away.",
      });
    }
  });

  test("both stores are assessed again before anything is dropped, and what clients may do is judged without them", () => {
    const found = (level: "blocking" | "warning", id: string) => ({
      id,
      level,
      title: "Something was found",
      detail: null,
      remedy: level === "blocking" ? "Mend it." : null,
      readings: [],
      attest: null,
      deferred: false,
    });
    const after = (one: ReturnType<typeof found>) => run("set-up", given([assessment([one])]));
    expect(after(found("blocking", "move.overlap"))).toMatchObject({ ok: false });
    expect(after(found("blocking", "move.server-transactions"))).toMatchObject({ ok: false });
    expect(after(found("warning", "move.left-over.destination"))).toMatchObject({ ok: true });
    expect(after(found("warning", "move.writing-sessions"))).toMatchObject({ ok: false });
    const declared = new Map([...given().facts.attested, ["finding:move.writing-sessions", SAID]]);
    const said = given([assessment([found("warning", "move.writing-sessions")])], { attested: declared });
    expect(run("set-up", said)).toMatchObject({ ok: true });
    expect(run("set-up", given([missing("move.assessment")]))).toMatchObject({ ok: false });
    // A setup that was cut short leaves these; it must be possible to press it again.
    expect(after(found("blocking", "move.catalogue-entries.destination"))).toMatchObject({ ok: true });
    expect(after(found("blocking", "move.catalogue.destination"))).toMatchObject({ ok: false });
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
