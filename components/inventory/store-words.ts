import type { StoreDto } from "#lib/inventory/schema.ts";

/** The kinds of stores in words. */
export const STORE_KIND_WORDS: Record<"postgres" | "cassandra" | "oracle", string> = {
  postgres: "Postgres",
  cassandra: "Cassandra",
  oracle: "Oracle",
};

/** Where a store is, in one line without secrets. */
export function connectionLine({
  connection,
  tablePrefix,
}: Pick<StoreDto, "connection" | "tablePrefix">): string {
  const { host, port, database } = connection;
  return `${host}:${port}/${database}${tablePrefix === "" ? "" : ` ${tablePrefix}*`}`;
}
