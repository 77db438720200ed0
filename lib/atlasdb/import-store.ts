import type { Located, Section } from "#lib/atlasdb/configuration-file.ts";
import { FactCollector, hostAndPort } from "#lib/atlasdb/import-facts.ts";
import type { HostAndPort, ImportFact, KeyStoreAdvice, ProposedStore } from "#lib/atlasdb/import-proposal.ts";
import { keyStoreAdvice, postgresKeyAdvice } from "#lib/atlasdb/key-store-advice.ts";
import { ORACLE_DEFAULT_PREFIX, POSTGRES_DEFAULT_PREFIX } from "#lib/atlasdb/tables.ts";

/** A store as read; `store` null where the files name none that keeps anything. */
export type ReadStore = {
  readonly store: ProposedStore | null;
  readonly facts: readonly ImportFact[];
  readonly advice: readonly KeyStoreAdvice[];
};

const NONE: ReadStore = { store: null, facts: [], advice: [] };

/** CQL's own port: AtlasDB's files name Thrift ports unless they say cqlCapable. Source: atlasdb-facts B.3, E.1 */
const CQL_PORT = "9042";

/**
 * The store of one node's files. The runtime file's `keyValueService` may carry Cassandra's servers; everything else is the install
 * file's. Source: atlasdb-facts B.3
 */
export function readImportedStore(
  node: string,
  install: Section,
  runtime: Section | null,
  namespace: Located | null,
): ReadStore {
  const kvs = install.section("keyValueService");
  if (kvs === null) return NONE;
  const collector = new FactCollector("store", node);
  switch (kindOf(kvs)) {
    case "postgres":
      return readPostgres(node, collector, kvs);
    case "oracle":
      return readOracle(collector, kvs);
    case "cassandra":
      return readCassandra(node, collector, kvs, runtime?.section("keyValueService") ?? null, namespace);
    case null:
      return NONE;
  }
}

function kindOf(kvs: Section): ProposedStore["kind"] | null {
  const type = kvs.value("type")?.text;
  if (type === "cassandra") return "cassandra";
  if (type !== "relational") return null;
  const ddl = (kvs.section("ddl")?.value("type") ?? kvs.section("connection")?.value("type"))?.text;
  return ddl === "postgres" || ddl === "oracle" ? ddl : null;
}

function readPostgres(node: string, collector: FactCollector, kvs: Section): ReadStore {
  const connection = kvs.section("connection");
  const ddl = kvs.section("ddl");
  collector.put("kind", "Kind", "Postgres", ddl?.value("type") ?? kvs.value("type"));
  const host = collector.take("host", "Host", connection?.value("host") ?? null);
  const port = collector.take(
    "port",
    "Port",
    connection?.value("port") ?? null,
    "5432",
    "Postgres’ own port.",
  );
  const database = collector.take("database", "Database", connection?.value("dbName") ?? null);
  const user = collector.take("user", "User", connection?.value("dbLogin") ?? null);
  const password = collector.secret("password", "Password", connection?.value("dbPassword") ?? null);
  const tablePrefix = collector.take(
    "tablePrefix",
    "Table prefix",
    ddl?.value("tablePrefix") ?? null,
    POSTGRES_DEFAULT_PREFIX,
    "Empty, which is AtlasDB’s default for Postgres.",
  );
  const parameters = connection?.section("connectionParameters") ?? null;
  const tlsMode = postgresTls(collector, parameters);
  const name = [database, host].filter((part) => part !== "").join(" on ");
  const store = {
    kind: "postgres",
    name,
    host,
    port,
    database,
    user,
    password,
    tlsMode,
    tablePrefix,
  } as const;
  return { store, facts: collector.facts, advice: postgresKeyAdvice(node, parameters) };
}

/** How the JDBC driver was told to use TLS. Source: the driver's `ssl` and `sslmode` properties */
function postgresTls(collector: FactCollector, parameters: Section | null) {
  const mode = parameters?.value("sslmode") ?? null;
  const ssl = parameters?.value("ssl") ?? null;
  const named = (["disable", "require", "verify-ca", "verify-full"] as const).find(
    (one) => one === mode?.text,
  );
  const tlsMode = named ?? (ssl?.text === "true" ? "verify-full" : "require");
  const note =
    named !== undefined || ssl?.text === "true"
      ? null
      : "The files let the driver choose, which encrypts where the server offers it. Choose what the server has.";
  collector.put("tlsMode", "TLS mode", tlsMode, mode ?? ssl, note);
  return tlsMode;
}

function readOracle(collector: FactCollector, kvs: Section): ReadStore {
  const connection = kvs.section("connection");
  const ddl = kvs.section("ddl");
  const service = connection?.section("serviceNameConfiguration")?.value("serviceName") ?? null;
  const naming = service === null && (connection?.value("sid") ?? null) !== null ? "sid" : "service-name";
  collector.put("kind", "Kind", "Oracle", ddl?.value("type") ?? kvs.value("type"));
  const host = collector.take("host", "Host", connection?.value("host") ?? null);
  const port = collector.take(
    "port",
    "Port",
    connection?.value("port") ?? null,
    "1521",
    "Oracle’s own port.",
  );
  const database = collector.take(
    "database",
    naming === "sid" ? "SID" : "Service name",
    service ?? connection?.value("sid") ?? null,
  );
  const user = collector.take("user", "User", connection?.value("dbLogin") ?? null);
  const password = connection?.value("dbPassword") ?? null;
  if (password !== null)
    collector.put("password", "Password", "", password, "Not taken: Lockstep never connects to Oracle.");
  const tablePrefix = collector.take(
    "tablePrefix",
    "Table prefix",
    ddl?.value("tablePrefix") ?? null,
    ORACLE_DEFAULT_PREFIX,
    "AtlasDB’s default for Oracle.",
  );
  const name = [database, host].filter((part) => part !== "").join(" on ");
  const store = { kind: "oracle", name, host, port, naming, database, user, tablePrefix } as const;
  return { store, facts: collector.facts, advice: [] };
}

function readCassandra(
  node: string,
  collector: FactCollector,
  kvs: Section,
  runtimeKvs: Section | null,
  namespace: Located | null,
): ReadStore {
  collector.put("kind", "Kind", "Cassandra", kvs.value("type"));
  const contactPoints = readContactPoints(collector, cassandraServers(runtimeKvs) ?? cassandraServers(kvs));
  const keyspace = collector.take("keyspace", "Keyspace", namespace ?? kvs.value("keyspace"));
  const credentials = kvs.section("credentials");
  const user = collector.take(
    "user",
    "User",
    credentials?.value("username") ?? null,
    "",
    "No credentials block.",
  );
  const password =
    credentials === null ? "" : collector.secret("password", "Password", credentials.value("password"));
  const ssl = kvs.value("ssl");
  const block = kvs.section("sslConfiguration");
  const isSecured = ssl === null ? block !== null : ssl.text === "true";
  const tlsMode = isSecured ? "verify-full" : "disable";
  const blockPlace = block === null ? null : { text: "", line: block.line, file: block.file };
  const note = isSecured || ssl !== null ? null : "Neither ssl nor sslConfiguration stands in the files.";
  collector.put("tlsMode", "TLS mode", tlsMode, ssl ?? blockPlace, note);
  collector.put(
    "localDataCentre",
    "Local data centre",
    "",
    null,
    "AtlasDB’s files never name it: enter it as nodetool status shows it.",
  );
  return {
    store: {
      kind: "cassandra",
      name: keyspace === "" ? "Cassandra" : `${keyspace} on Cassandra`,
      contactPoints,
      keyspace,
      user,
      password,
      tlsMode,
    },
    facts: collector.facts,
    advice: keyStoreAdvice("store", node, isSecured ? block : null),
  };
}

/** The servers of a Cassandra store with their kind of port. Source: atlasdb-facts B.3 (CassandraServersConfigs) */
export function cassandraServers(
  kvs: Section | null,
): { readonly protocol: "thrift" | "cql"; readonly servers: readonly Located[] } | null {
  if (kvs === null) return null;
  const block = kvs.section("servers");
  const cql = block?.list("cqlHosts") ?? [];
  if (cql.length > 0) return { protocol: "cql", servers: cql };
  const thrift = block === null ? kvs.list("servers") : block.list("thriftHosts");
  return thrift.length === 0 ? null : { protocol: "thrift", servers: thrift };
}

function readContactPoints(
  collector: FactCollector,
  read: ReturnType<typeof cassandraServers>,
): readonly HostAndPort[] {
  if (read === null) {
    collector.put("contactPoints", "Contact points", "", null, "The files do not say them.");
    return [];
  }
  return read.servers.map((server, index) => {
    const { host, port: written } = hostAndPort(server.text);
    const port = read.protocol === "cql" && written !== "" ? written : CQL_PORT;
    const note =
      read.protocol === "thrift"
        ? `The port in the file is Thrift’s; Lockstep speaks CQL, whose own port is ${CQL_PORT}.`
        : null;
    collector.put(`contactPoints.${index}`, `Contact point ${index + 1}`, `${host}:${port}`, server, note);
    return { host, port };
  });
}
