import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { judgeOverlap, type SameServer } from "#lib/mover/assess-overlap.ts";
import type { StorePlace } from "#lib/mover/store-survey.ts";

type Postgres = Extract<StorePlace, { kind: "postgres" }>;
type Cassandra = Extract<StorePlace, { kind: "cassandra" }>;

const postgres = (more: Partial<Postgres> = {}): Postgres => ({
  kind: "postgres",
  system: "1",
  database: "orders",
  schema: "public",
  prefix: "",
  inRecovery: false,
  ...more,
});
const cassandra = (more: Partial<Cassandra> = {}): Cassandra => ({
  kind: "cassandra",
  cluster: "main",
  hostIds: ["a", "b"],
  keyspace: "orders",
  ...more,
});

describe("two Postgres stores", () => {
  const cases: readonly [string, Partial<Postgres>, SameServer, string][] = [
    ["one store under two names", {}, "same", "blocking"],
    ["one store whose identifiers are hidden", { system: null }, "same", "blocking"],
    ["one catalogue under two prefixes", { prefix: "b_" }, "same", "blocking"],
    ["another schema of one database", { schema: "other" }, "same", "warning"],
    ["another database of one server", { database: "other" }, "same", "pass"],
    ["a replica of the source", { inRecovery: true }, "other", "blocking"],
    ["a server made from a backup of the other", {}, "other", "warning"],
    ["another server", { system: "2" }, "other", "pass"],
    ["another server that hides its identifier", { system: null }, "other", "pass"],
    ["a replica of who knows what", { system: null, inRecovery: true }, "other", "unknown"],
    ["a server of which nothing is known", { system: null }, "unknown", "unknown"],
    ["one identifier without a mark", {}, "unknown", "blocking"],
    ["two identifiers without a mark", { system: "2" }, "unknown", "pass"],
  ];

  test.each(cases)("%s", (_words, more, server, level) => {
    expect(judgeOverlap(postgres(), postgres(more), server).level).toBe(level);
    expect(judgeOverlap(postgres(more), postgres(), server).level).toBe(level);
  });
});

describe("two Cassandra stores", () => {
  const cases: readonly [string, Partial<Cassandra>, string][] = [
    ["one store, though a node was replaced", { hostIds: ["b", "c"] }, "blocking"],
    ["one store under another cluster name", { cluster: "renamed" }, "blocking"],
    ["another keyspace of one cluster", { keyspace: "other" }, "pass"],
    ["keyspaces that differ by case", { keyspace: "Orders" }, "warning"],
    ["another cluster of one name", { hostIds: ["x"] }, "pass"],
    ["a cluster that hides its hosts", { hostIds: [] }, "unknown"],
    ["a cluster that hides its hosts, another keyspace", { hostIds: [], keyspace: "other" }, "pass"],
  ];

  test.each(cases)("%s", (_words, more, level) => {
    expect(judgeOverlap(cassandra(), cassandra(more), "unknown").level).toBe(level);
    expect(judgeOverlap(cassandra(more), cassandra(), "unknown").level).toBe(level);
  });
});

test("the very same tables never pass, whatever is hidden and whichever names led there", () => {
  const place = fc.oneof(
    fc.record({
      kind: fc.constant("postgres" as const),
      system: fc.option(fc.constantFrom("1", "2")),
      database: fc.constantFrom("a", "b"),
      schema: fc.constantFrom("public", "x"),
      prefix: fc.constantFrom("", "p_"),
      inRecovery: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant("cassandra" as const),
      cluster: fc.constant("main"),
      hostIds: fc.subarray(["a", "b", "c"]),
      keyspace: fc.constantFrom("a", "b"),
    }),
  );
  fc.assert(
    fc.property(place, fc.boolean(), fc.boolean(), (one, hidesId, marks) => {
      const hidden = one.kind === "postgres" ? { ...one, system: hidesId ? null : one.system } : one;
      const { level } = judgeOverlap(one, hidden, marks ? "same" : "unknown");
      expect(["blocking", "unknown"]).toContain(level);
      if (marks && one.kind === "postgres") expect(level).toBe("blocking");
    }),
  );
});
