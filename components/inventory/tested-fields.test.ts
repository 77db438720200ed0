import { describe, expect, test } from "vitest";

import { testedClusterFields, testedStoreFields } from "#components/inventory/tested-fields.ts";
import type { ClusterTestReport, StoreTestReport } from "#lib/inventory/schema.ts";
import { CONNECTION_STAGES } from "#lib/stores/schema.ts";

type StoreStage = StoreTestReport["stages"][number];

function storeReport(stages: readonly Pick<StoreStage, "stage" | "verdict">[]): StoreTestReport {
  return {
    ok: stages.every(({ verdict }) => verdict !== "failed"),
    stages: stages.map((one) => ({ ...one, code: "any", message: `about ${one.stage}` })),
    identity: null,
    facts: [],
    summary: "",
    testedAt: "2026-11-21T12:00:00.000Z",
  };
}

function clusterReport(verdicts: readonly ("pass" | "warning" | "failed")[]): ClusterTestReport {
  return {
    verdict: "failed",
    summary: "",
    nodes: verdicts.map((verdict, index) => ({
      url: `http://tl-${index}`,
      verdict,
      code: null,
      message: `node ${index}`,
      facts: [],
    })),
    namespaces: null,
    testedAt: "2026-11-21T12:00:00.000Z",
  };
}

const refused = {
  ok: false,
  code: "invalid",
  message: "Some fields need another look.",
  fields: { port: "Enter a port." },
} as const;

describe("what a connection test says beside the fields", () => {
  test("values that are not valid are said beside their own fields", () => {
    expect(testedStoreFields("postgres", refused)).toEqual({ port: "Enter a port." });
    expect(testedClusterFields(refused)).toEqual({ port: "Enter a port." });
  });

  test.each([
    ["name look-up", "host"],
    ["connection", "port"],
    ["TLS", "tlsMode"],
    ["authentication", "password"],
    ["database", "database"],
    ["schema", "schema"],
    ["table", "tablePrefix"],
    ["rights", "user"],
  ] as const)("a store that failed at %s is said beside %s", (stage, field) => {
    const value = storeReport([{ stage, verdict: "failed" }]);
    expect(testedStoreFields("postgres", { ok: true, value })).toEqual({ [field]: `about ${stage}` });
  });

  test.each([
    ["name look-up", "contactPoints.0.host"],
    ["connection", "contactPoints.0.port"],
    ["authentication", "password"],
    ["database", "keyspace"],
    ["rights", "user"],
  ] as const)("a Cassandra store that failed at %s is said beside %s", (stage, field) => {
    const value = storeReport([{ stage, verdict: "failed" }]);
    expect(testedStoreFields("cassandra", { ok: true, value })).toEqual({ [field]: `about ${stage}` });
  });

  test("only the first failure of a store is laid to a field, and warnings never are", () => {
    const value = storeReport([
      { stage: "TLS", verdict: "warning" },
      { stage: "schema", verdict: "failed" },
      { stage: "rights", verdict: "failed" },
    ]);
    expect(testedStoreFields("postgres", { ok: true, value })).toEqual({ schema: "about schema" });
    const whole = storeReport(CONNECTION_STAGES.map((stage) => ({ stage, verdict: "pass" })));
    expect(testedStoreFields("postgres", { ok: true, value: whole })).toEqual({});
    const standby = storeReport([{ stage: "server role", verdict: "failed" }]);
    expect(testedStoreFields("postgres", { ok: true, value: standby })).toEqual({});
  });

  test("each node of a cluster that failed is said beside its own address", () => {
    const value = clusterReport(["failed", "pass", "warning", "failed"]);
    expect(testedClusterFields({ ok: true, value })).toEqual({
      "nodes.0.url": "node 0",
      "nodes.3.url": "node 3",
    });
  });
});
