/** The table that holds the bound, before prefixing. Source: atlasdb-facts 0.2 (AtlasDbConstants.TIMESTAMP_TABLE) */
export const TIMESTAMP_TABLE = "_timestamp";

/** Where commits of schema 1 stand, the only schema on a DbKVS. Source: atlasdb-facts F.2 */
export const TRANSACTIONS_TABLE = "_transactions";

/** Where punched timestamps stand. Source: atlasdb-facts F.4 */
export const PUNCH_TABLE = "_punch";

/** The catalogue of a DbKVS; on Postgres never prefixed, so stores that share a database share it. Source: atlasdb-facts D.2 */
export const METADATA_TABLE = "_metadata";

/** AtlasDB's default prefixes. Source: atlasdb-facts 0.2, D.3 */
export const POSTGRES_DEFAULT_PREFIX = "";
export const ORACLE_DEFAULT_PREFIX = "a_";

/** Tables kept by a store migration's setup, written with put-if-absent. Source: atlasdb-facts F.5 */
export const ATOMIC_TABLES = [
  "_transactions",
  "_transactions2",
  "_known_concluded_transactions",
  "_namespace",
  "_persisted_locks",
  "_coordination",
] as const;

/** AtlasDB's own tables, which a store migration does not copy. Source: atlasdb-facts F.5 */
export const HIDDEN_TABLES = [
  "_transactions",
  "_transactions2",
  "_known_concluded_transactions",
  "_known_abandoned_timestamps",
  "_punch",
  "_scrub",
  "_scrub2",
  "_namespace",
  "_partition_map",
  "_persisted_locks",
  "_sweep_progress3",
  "_coordination",
  "_schema_metadata",
  "_sweep_progress2",
  "_sweep_progress1_5",
] as const;

/** Read and written at serial consistency on Cassandra. Source: atlasdb-facts F.5 */
export const SERIAL_CONSISTENCY_ATOMIC_TABLES = ["_coordination", "_known_concluded_transactions"] as const;

/** Longest identifier of Postgres, in bytes; longer ones are cut there by the server. */
export const POSTGRES_NAME_BYTES_MAX = 63;

/** A qualified table name apart: `ns.table`, or no namespace for AtlasDB's own tables. */
export type TableReference = { readonly namespace: string; readonly table: string };

/** Splits `ns.table` at its first dot; a name without one has an empty namespace. */
export function parseTableReference(qualified: string): TableReference {
  const dot = qualified.indexOf(".");
  return dot < 0
    ? { namespace: "", table: qualified }
    : { namespace: qualified.slice(0, dot), table: qualified.slice(dot + 1) };
}

/**
 * A table's name inside a store before prefixing: `ns__table`; tables without a namespace, of the namespace `met`, or whose name starts
 * with `_` keep their name. Source: atlasdb-facts D.1, E.1 (AbstractKeyValueService.internalTableName)
 */
export function internalTableName(reference: TableReference): string {
  const bare = reference.namespace === "" || reference.namespace === "met" || reference.table.startsWith("_");
  return bare ? reference.table : `${reference.namespace}__${reference.table}`;
}

/**
 * The relation that Postgres really has: prefix and internal name, written unquoted by AtlasDB, so folded to lower case and cut at 63
 * bytes without breaking a character. Source: atlasdb-facts D.2, atlasdb-observed (Postgres stores)
 */
export function postgresPhysicalName(prefix: string, reference: TableReference): string {
  return cutBytes(foldCase(prefix + internalTableName(reference)), POSTGRES_NAME_BYTES_MAX);
}

/** The Postgres relation that holds the bound of the store with this prefix. */
export function postgresTimestampTable(prefix: string): string {
  return postgresPhysicalName(prefix, { namespace: "", table: TIMESTAMP_TABLE });
}

/** Only ASCII folds, as in a UTF-8 database. */
function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function cutBytes(text: string, bytesMax: number): string {
  const encoder = new TextEncoder();
  let bytes = 0;
  let cut = "";
  for (const character of text) {
    bytes += encoder.encode(character).length;
    if (bytes > bytesMax) return cut;
    cut += character;
  }
  return cut;
}

/**
 * Why a table prefix cannot be one, or null. Postgres: letters, digits, `_` and `$`, not starting with a digit, because AtlasDB writes it
 * unquoted. Oracle: at most 7 characters and ending in `_` or `$`. Source: atlasdb-facts D.2, D.3
 */
export function tablePrefixProblem(kind: "postgres" | "oracle", prefix: string): string | null {
  if (kind === "postgres" && prefix === "") return null;
  if (!/^[A-Za-z_][A-Za-z0-9_$]*$/.test(prefix)) {
    return "A table prefix has letters, digits, _ and $ only, and does not start with a digit.";
  }
  if (kind === "oracle" && (prefix.length > 7 || !/[_$]$/.test(prefix))) {
    return "An Oracle table prefix has at most 7 characters and ends with _ or $.";
  }
  if (kind === "postgres" && prefix.length > 40) return "A table prefix has at most 40 characters.";
  return null;
}
