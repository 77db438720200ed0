import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import type { ClusterTestReport, StoreTestReport } from "#lib/inventory/schema.ts";
import type { StoreKind } from "#lib/stores/schema.ts";
import type { ActionResult } from "#lib/web/schema.ts";

type StoreStage = StoreTestReport["stages"][number]["stage"];

/** The field that a person looks at first when a stage failed; none where the values of the form are not what is wrong. */
const POSTGRES_FIELDS: Partial<Record<StoreStage, string>> = {
  "name look-up": "host",
  connection: "port",
  TLS: "tlsMode",
  authentication: "password",
  database: "database",
  schema: "schema",
  table: "tablePrefix",
  rights: "user",
};
/** Of a Cassandra cluster the report says which of its contact points it means, where it means one. */
const CASSANDRA_FIELDS: Partial<Record<StoreStage, string>> = {
  "name look-up": "contactPoints.0.host",
  connection: "contactPoints.0.port",
  TLS: "tlsMode",
  authentication: "password",
  database: "keyspace",
  rights: "user",
};
const STORE_FIELDS: Record<StoreKind, Partial<Record<StoreStage, string>>> = {
  postgres: POSTGRES_FIELDS,
  cassandra: CASSANDRA_FIELDS,
  oracle: {},
};

/** What a test of a store says about the form's fields: of the values themselves, or of the first stage that failed. */
export function testedStoreFields(kind: StoreKind, result: ActionResult<StoreTestReport>): FieldErrors {
  if (!result.ok) return result.fields;
  const failed = result.value.stages.find(({ verdict }) => verdict === "failed");
  const field = failed === undefined ? undefined : STORE_FIELDS[kind][failed.stage];
  return failed === undefined || field === undefined ? {} : { [field]: failed.message };
}

/** What a test of a cluster says about the form's fields: of the values themselves, or of each node that failed. */
export function testedClusterFields(result: ActionResult<ClusterTestReport>): FieldErrors {
  if (!result.ok) return result.fields;
  return Object.fromEntries(
    result.value.nodes.flatMap(({ verdict, message }, index) =>
      verdict === "failed" ? [[`nodes.${index}.url`, message]] : [],
    ),
  );
}
