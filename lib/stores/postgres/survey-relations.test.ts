import { describe, expect, test } from "vitest";

import { type Relation, relateTables } from "#lib/stores/postgres/survey-relations.ts";

function relation(name: string, more: Partial<Relation> = {}): Relation {
  return { name, parent: null, readable: true, owned: true, holdsBound: false, ...more };
}

const table = (name: string, physicalName: string) => ({ name, physicalName, metadata: Buffer.alloc(1) });

const OWN = [
  relation("_metadata"),
  relation("unique_lower_case__metadata_index", { parent: "_metadata" }),
  relation("_timestamp", { holdsBound: true }),
  relation("dual"),
  relation("pt_retriable_txn_log_v1"),
  relation("pt_retriable_txn_log_v1_pkey", { parent: "pt_retriable_txn_log_v1" }),
  relation("lockstep_copy_fences"),
  relation("lockstep_copy_fences_pkey", { parent: "lockstep_copy_fences" }),
  relation("app__users"),
  relation("pk_app__users", { parent: "app__users" }),
];
const USERS = table("app.Users", "app__users");

describe("the relations of a schema", () => {
  test("are all accounted for in a store that nobody else touched", () => {
    expect(relateTables(OWN, [USERS], "")).toEqual({
      missing: [],
      strangers: [],
      otherPrefixes: [],
      unreadable: [],
      undroppable: [],
    });
  });

  test("show what the catalogue lacks, and what it lists that is not there", () => {
    const relations = [...OWN, relation("reports"), relation("reports_pkey", { parent: "reports" })];
    const found = relateTables(relations, [USERS, table("app.gone", "app__gone")], "");
    expect(found.strangers).toEqual(["reports", "reports_pkey"]);
    expect(found.missing).toEqual(["app.gone"]);
  });

  test("show other services by their timestamp tables, whichever of them has no prefix", () => {
    const others = [
      relation("b__timestamp", { holdsBound: true }),
      relation("c__timestamp"),
      relation("my_bounds", { holdsBound: true }),
    ];
    expect(relateTables([...OWN, ...others], [USERS], "").otherPrefixes).toEqual(["b_"]);
    expect(relateTables([...OWN, ...others], [], "B_").otherPrefixes).toEqual([""]);
  });

  test("show what our user may not read or drop, by the tables' own names", () => {
    const relations = OWN.map((one) =>
      one.name === "app__users" ? { ...one, readable: false, owned: false } : one,
    );
    const found = relateTables(relations, [USERS], "");
    expect(found.unreadable).toEqual(["app.Users"]);
    expect(found.undroppable).toEqual(["app.Users"]);
  });
});
