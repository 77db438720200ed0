import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import {
  afterInvalidate,
  afterRepair,
  afterRestore,
  describeBoundState,
  embeddedStart,
  heldValues,
  INITIAL_BOUND,
  largestHeld,
  sameBoundState,
  sameIdentity,
  type Transition,
} from "#lib/stores/bound-state.ts";
import {
  type BoundState,
  boundState,
  boundReading,
  STORE_KINDS,
  type StoreIdentity,
} from "#lib/stores/schema.ts";
import { parseJson } from "#lib/timestamps/json.ts";
import { LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

const long = fc.bigInt({ min: LONG_MIN, max: LONG_MAX });
const anyKind = fc.constantFrom(...STORE_KINDS);
const anyState: fc.Arbitrary<BoundState> = fc.oneof(
  long.map((bound): BoundState => ({ state: "readable", bound })),
  long.map((kept): BoundState => ({ state: "invalidated", kept })),
  fc.constantFrom<BoundState>({ state: "no-row" }, { state: "no-row-invalidated" }, { state: "no-table" }),
  fc.record({
    state: fc.constant("several-rows" as const),
    readable: fc.boolean(),
    values: fc.array(long, { minLength: 2, maxLength: 4 }),
  }),
  fc.record({
    state: fc.constant("both" as const),
    rows: fc.array(fc.record({ bound: fc.option(long), kept: fc.option(long) }), { maxLength: 3 }),
  }),
  fc.record({ state: fc.constant("neither" as const), tr: fc.option(long) }),
  fc.stringMatching(/^[a-z ]{0,20}$/).map((detail): BoundState => ({ state: "unrecognised", detail })),
);

describe("on the wire", () => {
  test("every state survives, its longs as decimal strings", () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const text = JSON.stringify(z.encode(boundState, state));
        expect(z.decode(boundState, parseJson(text) as never)).toEqual(state);
        expect(text).not.toMatch(/:-?[0-9]/);
      }),
    );
  });

  test("a number, a fraction or a value out of range is refused", () => {
    for (const bound of [5, "5.0", "9223372036854775808", "", "0x5", "05"]) {
      expect(boundState.safeDecode({ state: "readable", bound } as never).success).toBe(false);
    }
  });

  test("a reading with an unknown field is refused", () => {
    expect(boundReading.safeParse({ extra: 1 }).success).toBe(false);
  });
});

describe("no write ever lowers what a store holds", () => {
  test("invalidate, restore and repair, from any state, to any value", () => {
    fc.assert(
      fc.property(
        anyState,
        anyKind,
        long,
        fc.constantFrom("readable", "invalidated"),
        (state, kind, to, leave) => {
          for (const decision of [
            afterInvalidate(state, kind),
            afterRestore(state, to),
            afterRepair(state, leave),
          ]) {
            const before = largestHeld(state);
            const after = decision.ok ? largestHeld(decision.after) : before;
            expect(before === null || (after !== null && after >= before)).toBe(true);
          }
        },
      ),
    );
  });

  test("after invalidating, no embedded client starts; after restoring, one starts from exactly the value", () => {
    fc.assert(
      fc.property(anyState, anyKind, long, (state, kind, to) => {
        const invalidated = afterInvalidate(state, kind);
        expect(invalidated.ok ? embeddedStart(invalidated.after) : "fails").toBe("fails");
        const restored = afterRestore(state, to);
        expect(restored.ok ? restored.after : { state: "readable", bound: to }).toEqual({
          state: "readable",
          bound: to,
        });
      }),
    );
  });

  test("every state that holds a value, but the unrecognised, can be brought to invalidated", () => {
    fc.assert(
      fc.property(anyState, anyKind, (state, kind) => {
        if (state.state === "unrecognised" || (state.state === "neither" && state.tr === null)) return;
        let current: BoundState = state;
        for (let step = 0; step < 2; step += 1) {
          const next: Transition | undefined = [
            afterRepair(current, "invalidated"),
            afterInvalidate(current, kind),
          ].find(({ ok }) => ok);
          if (next?.ok === true) current = next.after;
        }
        expect(embeddedStart(current)).toBe("fails");
        const made = kind === "cassandra" && current.state === "invalidated" ? INITIAL_BOUND : null;
        expect(largestHeld(current)).toBe(largestHeld(state) ?? made);
      }),
    );
  });
});

describe("restore", () => {
  test.each([0n, -1n, LONG_MIN])("refuses %s: no bound is there", (to) => {
    expect(afterRestore({ state: "no-row" }, to)).toMatchObject({ ok: false, reason: "would-decrease" });
  });

  test("refuses where a repair has to come first", () => {
    const several: BoundState = { state: "several-rows", readable: true, values: [1n, 2n] };
    expect(afterRestore(several, 3n)).toMatchObject({ ok: false, reason: "not-applicable" });
    expect(afterRepair({ state: "readable", bound: 1n }, "readable").ok).toBe(false);
  });
});

describe("on Cassandra", () => {
  test.each<BoundState>([{ state: "no-row" }, { state: "no-table" }])(
    "invalidating $state leaves the initial bound as backup, as AtlasDB's migrator does",
    (state) => {
      expect(afterInvalidate(state, "cassandra")).toEqual({
        ok: true,
        after: { state: "invalidated", kept: 10_000n },
      });
      expect(afterInvalidate(state, "postgres")).toEqual({
        ok: true,
        after: { state: "no-row-invalidated" },
      });
    },
  );

  test("a bound that is unreadable without a backup has a way out: a value known from elsewhere", () => {
    expect(afterRestore({ state: "neither", tr: null }, 5n)).toMatchObject({ ok: true });
    expect(afterRestore({ state: "neither", tr: 7n }, 5n)).toMatchObject({ reason: "would-decrease" });
  });

  test("a bound that is absent beside a backup is not called readable", () => {
    const absent: BoundState = { state: "both", rows: [{ bound: null, kept: 5n }] };
    expect(describeBoundState(absent)).toBe("absent and backed up at once (no bound and 5)");
    expect(embeddedStart(absent)).toBe("creates-initial");
  });
});

describe("repair of a backup that the documents wrote", () => {
  test("tr becomes the kept value", () => {
    expect(afterRepair({ state: "neither", tr: 7n }, "invalidated")).toEqual({
      ok: true,
      after: { state: "invalidated", kept: 7n },
    });
    expect(afterRepair({ state: "neither", tr: null }, "invalidated").ok).toBe(false);
  });
});

test("states are the same by value, rows in any order", () => {
  fc.assert(
    fc.property(anyState, anyState, (a, b) => {
      expect(sameBoundState(a, structuredClone(a))).toBe(true);
      const byText = describeBoundState(a) === describeBoundState(b);
      expect(sameBoundState(a, b) && !byText && heldValues(a).length < 2).toBe(false);
    }),
  );
  expect(
    sameBoundState(
      { state: "several-rows", readable: true, values: [1n, 2n] },
      { state: "several-rows", readable: true, values: [2n, 1n] },
    ),
  ).toBe(true);
  expect(
    sameBoundState(
      { state: "several-rows", readable: true, values: [1n, 2n] },
      { state: "several-rows", readable: false, values: [1n, 2n] },
    ),
  ).toBe(false);
});

test("a store is the same only if everything that names it is", () => {
  const store: StoreIdentity = {
    kind: "postgres",
    system: "7",
    database: "a",
    schema: "public",
    table: "_timestamp",
    tableId: "1",
  };
  expect(sameIdentity(store, { ...store })).toBe(true);
  for (const other of [
    { kind: "oracle" as const },
    { system: null },
    { database: "b" },
    { schema: null },
    { table: "x" },
    { tableId: null },
  ]) {
    expect(sameIdentity(store, { ...store, ...other })).toBe(false);
  }
});
