import type { ClientConfiguration, StoreSection } from "#lib/atlasdb/client-configuration.ts";
import type { ConfigurationFinding, Located } from "#lib/atlasdb/configuration-file.ts";
import type { ExpectedStore } from "#lib/atlasdb/wanted-configuration.ts";
import { ORACLE_DEFAULT_PREFIX, POSTGRES_DEFAULT_PREFIX } from "#lib/atlasdb/tables.ts";

/** The store must be a real one, configured coherently, and the one that the migration works on. Source: atlasdb-facts B.1, B.3 */
export function storeRules(
  { store, namespace }: ClientConfiguration,
  expected: ExpectedStore | null,
  isMoved = false,
): ConfigurationFinding[] {
  const why = isMoved
    ? "The data is in the new store, and a client of the old one would write where nobody looks any more."
    : "The store must not change with the timestamps.";
  if (store === null) {
    return [at(null, "blocking", "store-missing", "There is no keyValueService block, which AtlasDB needs.")];
  }
  const own = [...typeRules(store), ...ddlRules(store)];
  if (own.length > 0 || expected === null) return own;
  const differs =
    expected.kind === "cassandra"
      ? cassandraRules(store, namespace, expected.keyspace, why)
      : databaseRules(store, expected, why);
  if (differs.some(({ severity }) => severity === "blocking")) return differs;
  return [...differs, at(store.type, "pass", "store", "The store is the one that this migration works on.")];
}

function typeRules(store: StoreSection): ConfigurationFinding[] {
  const type = store.type?.text;
  if (type === undefined) {
    return [{ ...at(null, "blocking", "store-type", "keyValueService has no type."), line: store.line }];
  }
  if (type === "memory") {
    return [
      at(
        store.type,
        "blocking",
        "store-memory",
        "The store type memory keeps nothing: a client with it has no data.",
      ),
    ];
  }
  if (type === "cassandra" || type === "relational") return [];
  return [
    at(
      store.type,
      "blocking",
      "store-type",
      `AtlasDB has no store of the type ${type}; it knows cassandra and relational.`,
    ),
  ];
}

function ddlRules({ type, ddlType, connectionType, line }: StoreSection): ConfigurationFinding[] {
  if (type?.text !== "relational") return [];
  if (ddlType === null || connectionType === null) {
    const message = "A relational store needs ddl.type and connection.type.";
    return [{ ...at(null, "blocking", "store-ddl", message), line }];
  }
  if (ddlType.text === connectionType.text) return [];
  return [
    at(
      ddlType,
      "blocking",
      "store-ddl",
      `ddl.type is ${ddlType.text}, but connection.type is ${connectionType.text}. AtlasDB refuses to start.`,
    ),
  ];
}

function cassandraRules(
  store: StoreSection,
  namespace: Located | null,
  keyspace: string,
  why: string,
): ConfigurationFinding[] {
  if (store.type?.text !== "cassandra") return [anotherKind(store, why)];
  const used = namespace ?? store.keyspace;
  if (used === null || used.text === keyspace) return [];
  return [
    at(
      used,
      "blocking",
      "keyspace-differs",
      `The keyspace would be ${used.text}, but this migration works on ${keyspace}.`,
    ),
  ];
}

function databaseRules(
  store: StoreSection,
  expected: Exclude<ExpectedStore, { kind: "cassandra" }>,
  why: string,
): ConfigurationFinding[] {
  if (store.type?.text !== "relational" || store.ddlType?.text !== expected.kind)
    return [anotherKind(store, why)];
  const prefix =
    store.tablePrefix?.text ??
    (expected.kind === "postgres" ? POSTGRES_DEFAULT_PREFIX : ORACLE_DEFAULT_PREFIX);
  const differs =
    prefix.toLowerCase() === expected.tablePrefix.toLowerCase()
      ? []
      : [
          at(
            store.tablePrefix ?? store.ddlType,
            "blocking",
            "table-prefix-differs",
            `The table prefix is ${prefix === "" ? "empty" : prefix}, but this migration works on the prefix ${expected.tablePrefix === "" ? "(empty)" : expected.tablePrefix}.`,
          ),
        ];
  return expected.kind === "postgres" ? [...differs, ...postgresRules(store, expected, why)] : differs;
}

function postgresRules(
  { database, host, port }: StoreSection,
  expected: Extract<ExpectedStore, { kind: "postgres" }>,
  why: string,
): ConfigurationFinding[] {
  return [
    ...(database !== null && database.text !== expected.database
      ? [
          at(
            database,
            "blocking",
            "database-differs",
            `The database is ${database.text}, but this migration works on ${expected.database}. ${why}`,
          ),
        ]
      : []),
    ...(host !== null &&
    (host.text.toLowerCase() !== expected.host.toLowerCase() ||
      (port !== null && port.text !== String(expected.port)))
      ? [
          at(
            host,
            "warning",
            "host-differs",
            `The server is ${host.text}${port === null ? "" : `:${port.text}`}, while Lockstep reaches the store at ${expected.host}:${expected.port}. Check that both lead to the same server.`,
          ),
        ]
      : []),
  ];
}

function anotherKind(store: StoreSection, why: string): ConfigurationFinding {
  return at(
    store.ddlType ?? store.type,
    "blocking",
    "store-kind-differs",
    `This is another kind of store than the one that this migration works on. ${why}`,
  );
}

function at(
  value: Located | null,
  severity: ConfigurationFinding["severity"],
  code: string,
  message: string,
): ConfigurationFinding {
  return { severity, code, message, file: value?.file ?? "install", line: value?.line ?? null };
}
