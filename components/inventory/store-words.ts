import type { StoreDto } from "#lib/inventory/schema.ts";
import type { OracleNaming, StoreKind, TlsMode } from "#lib/stores/schema.ts";

/** The kinds of stores in words. */
export const STORE_KIND_WORDS: Record<StoreKind, string> = {
  postgres: "Postgres",
  cassandra: "Cassandra",
  oracle: "Oracle",
};

/** How a connection is protected, in words. */
export const TLS_WORDS: Record<TlsMode, string> = {
  "verify-full": "verify-full: encrypted, authority and name checked",
  "verify-ca": "verify-ca: encrypted, authority checked",
  require: "require: encrypted, any certificate trusted",
  disable: "disable: in clear text",
};

/** How an Oracle database is named, in words. */
export const ORACLE_NAMING_WORDS: Record<OracleNaming, string> = {
  "service-name": "Service name",
  sid: "SID",
};

/** Where a store is, in one line without secrets. */
export function connectionLine({
  connection,
  tablePrefix,
}: Pick<StoreDto, "connection" | "tablePrefix">): string {
  if (connection.kind === "cassandra") {
    const [first, ...others] = connection.contactPoints;
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    return `${first === undefined ? "" : `${first.host}:${first.port}`}${more}, keyspace ${connection.keyspace}`;
  }
  const { host, port, database } = connection;
  return `${host}:${port}/${database}${tablePrefix === "" ? "" : ` ${tablePrefix}*`}`;
}
