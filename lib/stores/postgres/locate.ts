import { AdapterError } from "#lib/errors.ts";
import { postgresTimestampTable } from "#lib/atlasdb/tables.ts";
import type { PostgresStoreConfig } from "#lib/stores/postgres/schema.ts";

/** A relation that bears the name of the timestamp table. `visible`: an unqualified name in our session means this one. */
export type FoundTable = {
  readonly schema: string;
  readonly table: string;
  readonly oid: string;
  readonly relationKind: string;
  readonly visible: boolean;
};

/** Where the bound is, or would be created. */
export type Located = { readonly schema: string; readonly table: string; readonly found: FoundTable | null };

/**
 * Pins schema and table: the configured schema; else the only schema that has the table; else, with no such table anywhere, the schema
 * in which AtlasDB would create it.
 * @throws AdapterError `table-ambiguous` when several schemas have the table and none is configured, `schema-missing` when there is none
 */
export function locate(
  config: Pick<PostgresStoreConfig, "schema" | "tablePrefix">,
  tables: readonly FoundTable[],
  currentSchema: string | null,
): Located {
  const table = postgresTimestampTable(config.tablePrefix);
  if (config.schema !== undefined) {
    const found = tables.find(({ schema }) => schema === config.schema) ?? null;
    return { schema: config.schema, table, found };
  }
  const [first, ...others] = tables;
  if (first !== undefined && others.length > 0) throw ambiguous(table, tables);
  if (first !== undefined) return { schema: first.schema, table, found: first };
  if (currentSchema === null) {
    throw new AdapterError(
      "schema-missing",
      "none",
      `There is no table ${table}, and the search path of our user leads to no schema where it could be. Name the schema. Nothing was changed in the store.`,
    );
  }
  return { schema: currentSchema, table, found: null };
}

function ambiguous(table: string, tables: readonly FoundTable[]): AdapterError {
  const schemas = tables.map(({ schema, visible }) =>
    visible ? `${schema} (first on our search path)` : schema,
  );
  return new AdapterError(
    "table-ambiguous",
    "none",
    `Several schemas have a table ${table}: ${schemas.join(", ")}. Name the schema that the service uses. Nothing was changed in the store.`,
  );
}
