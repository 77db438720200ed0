import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import type { ClusterTestReport, StoreTestReport } from "#lib/inventory/schema.ts";
import type { ActionResult } from "#lib/web/schema.ts";

type StoreStage = StoreTestReport["stages"][number]["stage"];

/** The field that a person looks at first when a stage failed; none where the values of the form are not what is wrong. */
const STORE_FIELDS: Record<StoreStage, string | null> = {
  "name look-up": "host",
  connection: "port",
  TLS: "tlsMode",
  authentication: "password",
  database: "database",
  schema: "schema",
  table: "tablePrefix",
  rights: "user",
  "server role": null,
};

/** What a test of a store says about the form's fields: of the values themselves, or of the first stage that failed. */
export function testedStoreFields(result: ActionResult<StoreTestReport>): FieldErrors {
  if (!result.ok) return result.fields;
  const failed = result.value.stages.find(({ verdict }) => verdict === "failed");
  const field = failed === undefined ? null : STORE_FIELDS[failed.stage];
  return failed === undefined || field === null ? {} : { [field]: failed.message };
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
