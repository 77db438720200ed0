import { describe, expect, test } from "vitest";

import { damageWords, type DamagedState } from "#lib/inventory/damaged-state.ts";
import { judgeService, type ServiceFacts } from "#lib/inventory/service-state.ts";
import type { BoundState, StoreKind } from "#lib/stores/schema.ts";

const facts = (kind: StoreKind, store: BoundState | null): ServiceFacts => ({
  kind,
  recorded: "timelock",
  namespace: "orders",
  store,
  storeUnknownBecause: store === null ? "why" : null,
  punch: 500_000n,
  timelock: { state: "bound", bound: 9_000_000n, quorumLost: null },
});

const BOTH: DamagedState = { state: "both", rows: [{ bound: 1_010_001n, kept: 1_000_001n }] };
const BACKUP_ALONE: DamagedState = { state: "both", rows: [{ bound: null, kept: 1_000_001n }] };
const TR: DamagedState = { state: "neither", tr: 1_010_001n };
const LOST: DamagedState = { state: "neither", tr: null };
const LONGER: DamagedState = { state: "unrecognised", detail: "ts holds 9 bytes" };
const ROWS: DamagedState = { state: "several-rows", readable: true, values: [2n, 1n] };

describe("what a damaged bound is called", () => {
  test("on Cassandra a backup beside a bound, or beside none, says what an embedded client would do", () => {
    expect(damageWords("cassandra", BOTH)).toMatchObject({
      title: expect.stringContaining("backup"),
      detail: expect.stringMatching(/ts 1010001 .* oldTs 1000001/),
      repairable: true,
    });
    expect(damageWords("cassandra", BACKUP_ALONE).detail).toContain("creates one at 10000");
  });

  test.each(["postgres", "oracle"] as const)("on %s it is two columns", (kind) => {
    expect(damageWords(kind, BOTH).detail).toContain(
      "last_allocated and legacy_last_allocated hold 1010001 and 1000001",
    );
    expect(damageWords(kind, { state: "both", rows: [] }).detail).toContain("no row");
  });

  test("the documents' tr is repairable, and a bound without any backup is not", () => {
    expect(damageWords("cassandra", TR)).toMatchObject({ repairable: true });
    expect(damageWords("cassandra", TR).detail).toContain("1010001 stands in the column tr");
    expect(damageWords("cassandra", LOST)).toMatchObject({ repairable: false });
    expect(damageWords("cassandra", LONGER).detail).toContain("ts holds 9 bytes");
    expect(damageWords("postgres", ROWS).detail).toContain("2, 1");
  });
});

describe("a service on any kind of store", () => {
  const kinds = ["postgres", "cassandra", "oracle"] as const;
  test.each(
    kinds.flatMap((kind) =>
      [BOTH, BACKUP_ALONE, TR, LOST, LONGER, ROWS].map((state) => [kind, state.state, state] as const),
    ),
  )("%s %s is damaged and blocks, with a way on", (kind, _name, state) => {
    const verdict = judgeService(facts(kind, state));
    expect(verdict).toMatchObject({ state: "damaged", level: "blocking" });
    expect(verdict.remedy).toMatch(/^Stop all clients\./);
  });

  test("names the places that its kind has", () => {
    expect(judgeService(facts("cassandra", LOST)).remedy).toContain("contact points and keyspace");
    expect(judgeService(facts("postgres", LONGER)).remedy).toContain("table prefix");
  });

  test("an Oracle store is unknown, and the way on is by hand", () => {
    const verdict = judgeService(facts("oracle", null));
    expect(verdict).toMatchObject({ state: "unknown", level: "unknown", detail: "why" });
    expect(verdict.remedy).toContain("by hand");
    expect(judgeService(facts("cassandra", null)).remedy).toBe("Test the connection of the store.");
  });

  test.each(kinds)("%s: absent, readable and invalidated mean the same everywhere", (kind) => {
    expect(judgeService(facts(kind, { state: "no-row" }))).toMatchObject({
      state: "timelock",
      level: "warning",
    });
    expect(judgeService(facts(kind, { state: "readable", bound: 8_000_000n }))).toMatchObject({
      state: "both",
    });
    expect(judgeService(facts(kind, { state: "invalidated", kept: 8_000_000n }))).toMatchObject({
      level: "pass",
    });
  });
});
