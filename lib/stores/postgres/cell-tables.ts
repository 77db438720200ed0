import { parseTableReference, METADATA_TABLE, postgresPhysicalName } from "#lib/atlasdb/tables.ts";
import type { StoreTable } from "#lib/mover/store-table.ts";
import {
  type Connection,
  optional,
  type PostgresTarget,
  readOnly,
  text,
} from "#lib/stores/postgres/connection.ts";
import { readSite } from "#lib/stores/postgres/read-bound.ts";
import { tableExists } from "#lib/stores/postgres/read-punch.ts";
import { qualified } from "#lib/stores/postgres/statements.ts";

/** Where a store's tables are: all in one schema, with one prefix. */
export type TableSite = { readonly schema: string; readonly prefix: string };

/** Finds the schema as the bound store does. @throws AdapterError as `readSite` */
export async function readTableSite(target: PostgresTarget): Promise<TableSite> {
  return readOnly(target, async (connection) => {
    const { located } = await readSite(connection, target);
    return { schema: located.schema, prefix: target.config.tablePrefix };
  });
}

/** The relation of a table by its qualified name, quoted for SQL. Source: atlasdb-facts D.2 */
export function relationOf(site: TableSite, table: string): string {
  return qualified({ schema: site.schema, table: physicalName(site, table) });
}

/** The relation's bare name. */
export function physicalName(site: TableSite, table: string): string {
  return postgresPhysicalName(site.prefix, parseTableReference(table));
}

/** The store's catalogue, quoted for SQL. */
export function catalogueOf(site: TableSite): string {
  return qualified({ schema: site.schema, table: METADATA_TABLE });
}

/** Every table of `_metadata`, ordered by name; none where there is no catalogue yet. A NULL value reads as no bytes. */
export async function listStoreTables(
  connection: Connection,
  site: TableSite,
): Promise<readonly StoreTable[]> {
  const catalogue = catalogueOf(site);
  if (!(await tableExists(connection, catalogue))) return [];
  const rows = await connection.query(
    `SELECT table_name AS name, encode(value, 'hex') AS metadata FROM ${catalogue} ORDER BY table_name COLLATE "C"`,
  );
  return rows.map((row) => ({
    name: text(row, "name"),
    physicalName: physicalName(site, text(row, "name")),
    metadata: Buffer.from(optional(row, "metadata") ?? "", "hex"),
  }));
}
