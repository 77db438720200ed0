import { describe, expect, test } from "vitest";

import { describeIdentity, identityDifference } from "#lib/inventory/identity-words.ts";
import type { StoreIdentity } from "#lib/stores/schema.ts";

const A = "11111111-1111-4111-8111-111111111111";
const B = "22222222-2222-4222-8222-222222222222";
const C = "33333333-3333-4333-8333-333333333333";
const cassandra = (system: string | null): StoreIdentity => ({
  kind: "cassandra",
  system,
  database: "orders",
  schema: null,
  table: "_timestamp",
  tableId: "t1",
});
const oracle: StoreIdentity = {
  kind: "oracle",
  system: "1234567890",
  database: "ORCL/PDB1",
  schema: "APP",
  table: "A__TIMESTAMP",
  tableId: "73645",
};

describe("the difference of two identities", () => {
  test("a Cassandra cluster stays itself while it keeps its name and one of its nodes", () => {
    const pinned = cassandra(`prod: ${A},${B}`);
    expect(identityDifference(pinned, cassandra(`prod: ${B},${C}`))).toBeNull();
    expect(identityDifference(pinned, cassandra(`prod: ${C}`))).toContain("cluster and hosts");
    expect(identityDifference(pinned, cassandra(`test: ${A},${B}`))).toContain("cluster and hosts");
    expect(identityDifference(pinned, { ...cassandra(`prod: ${A}`), database: "other" })).toBe(
      "its keyspace is other and was orders",
    );
  });

  test("a digest of many hosts is compared whole, and what is hidden is not compared", () => {
    const many = cassandra("prod: sha256 of 90 host ids abc");
    expect(identityDifference(many, many)).toBeNull();
    expect(identityDifference(many, cassandra("prod: sha256 of 91 host ids abd"))).not.toBeNull();
    expect(identityDifference(many, cassandra(null))).toBeNull();
  });

  test("an Oracle schema is told by DBID, database, schema, table and object id", () => {
    expect(identityDifference(oracle, { ...oracle, system: "1" })).toBe("its DBID is 1 and was 1234567890");
    expect(identityDifference(oracle, { ...oracle, tableId: "2" })).toBe("its object id is 2 and was 73645");
    expect(identityDifference(oracle, { ...oracle, system: null })).toBeNull();
    expect(describeIdentity(oracle)).toBe("ORCL/PDB1.APP.A__TIMESTAMP (DBID 1234567890, object id 73645)");
  });

  test("stores of two kinds are never the same", () => {
    expect(identityDifference(oracle, { ...oracle, kind: "postgres" })).toContain("kind");
  });
});
