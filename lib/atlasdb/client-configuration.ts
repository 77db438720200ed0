import type { ConfigurationKind, Located, Section } from "#lib/atlasdb/configuration-file.ts";

/** A list of servers with the place it stands at. `ssl` is the line of its TLS block; null where it has none. */
export type ServersList = {
  readonly file: ConfigurationKind;
  readonly line: number;
  readonly servers: readonly Located[];
  readonly ssl: { readonly line: number; readonly trustStorePath: Located | null } | null;
};

/** What the files say about the store. */
export type StoreSection = {
  readonly line: number;
  readonly type: Located | null;
  readonly namespace: Located | null;
  readonly keyspace: Located | null;
  readonly ddlType: Located | null;
  readonly tablePrefix: Located | null;
  readonly connectionType: Located | null;
  readonly host: Located | null;
  readonly port: Located | null;
  readonly database: Located | null;
  readonly sid: Located | null;
  readonly serviceName: Located | null;
  readonly namespaceOverride: Located | null;
  readonly login: Located | null;
};

/** The `leader` block: who leads where timestamps are embedded. */
export type LeaderSection = {
  readonly line: number;
  readonly quorumSize: Located | null;
  readonly localServer: Located | null;
  readonly leaders: readonly Located[];
};

/**
 * What an AtlasDB client's files say about timestamps and store, each value with its line. `servers` is the list in force: a runtime list
 * replaces the install list as a whole, TLS included; `shadowed` is the install list then. Source: atlasdb-facts B.1, B.3
 */
export type ClientConfiguration = {
  readonly namespace: Located | null;
  readonly client: Located | null;
  readonly timelockLine: number | null;
  readonly timelockRuntimeLine: number | null;
  readonly leaderLine: number | null;
  readonly leader: LeaderSection | null;
  readonly lockLine: number | null;
  readonly timestampLine: number | null;
  readonly servers: ServersList | null;
  readonly shadowed: ServersList | null;
  readonly store: StoreSection | null;
  readonly differentNamespaces: Located | null;
  readonly initializeAsync: Located | null;
};

/** AtlasDB's flag that lets store and TimeLock namespaces differ, for a DbKVS only. Source: atlasdb-facts B.1 */
export const DIFFERENT_NAMESPACES_FLAG =
  "enableNonstandardAndPossiblyErrorProneTopologyAllowDifferentKvsAndTimelockNamespaces";

/** Reads both sections; the runtime one may be absent. */
export function readClientConfiguration(install: Section, runtime: Section | null): ClientConfiguration {
  const timelock = install.section("timelock");
  const fromInstall = readServers(timelock);
  const fromRuntime = readServers(runtime?.section("timelockRuntime") ?? null);
  return {
    namespace: install.value("namespace"),
    client: timelock?.value("client") ?? null,
    timelockLine: blockLine(install, "timelock"),
    timelockRuntimeLine: runtime === null ? null : blockLine(runtime, "timelockRuntime"),
    leaderLine: blockLine(install, "leader"),
    leader: readLeader(install.section("leader")),
    lockLine: blockLine(install, "lock"),
    timestampLine: blockLine(install, "timestamp"),
    servers: fromRuntime ?? fromInstall,
    shadowed: fromRuntime === null ? null : fromInstall,
    store: readStore(install.section("keyValueService")),
    differentNamespaces: install.value(DIFFERENT_NAMESPACES_FLAG),
    initializeAsync: install.value("initializeAsync"),
  };
}

/** A block without a value is no block. */
function blockLine(section: Section, key: string): number | null {
  return section.isEmpty(key) ? null : section.lineOf(key);
}

function readServers(block: Section | null): ServersList | null {
  const list = block?.section("serversList") ?? null;
  if (list === null) return null;
  const ssl = list.section("sslConfiguration");
  return {
    file: list.file,
    line: list.line,
    servers: list.list("servers"),
    ssl: ssl === null ? null : { line: ssl.line, trustStorePath: ssl.value("trustStorePath") },
  };
}

function readLeader(leader: Section | null): LeaderSection | null {
  if (leader === null) return null;
  return {
    line: leader.line,
    quorumSize: leader.value("quorumSize"),
    localServer: leader.value("localServer"),
    leaders: leader.list("leaders"),
  };
}

function readStore(store: Section | null): StoreSection | null {
  if (store === null) return null;
  const ddl = store.section("ddl");
  const connection = store.section("connection");
  return {
    line: store.line,
    type: store.value("type"),
    namespace: store.value("namespace"),
    keyspace: store.value("keyspace"),
    ddlType: ddl?.value("type") ?? null,
    tablePrefix: ddl?.value("tablePrefix") ?? null,
    connectionType: connection?.value("type") ?? null,
    host: connection?.value("host") ?? null,
    port: connection?.value("port") ?? null,
    database: connection?.value("dbName") ?? null,
    sid: connection?.value("sid") ?? null,
    serviceName: connection?.section("serviceNameConfiguration")?.value("serviceName") ?? null,
    namespaceOverride: connection?.section("serviceNameConfiguration")?.value("namespaceOverride") ?? null,
    login: connection?.value("dbLogin") ?? null,
  };
}

/** The namespace that the store has of its own, without the top-level one. Source: atlasdb-facts B.1 */
export function storeNamespace(store: StoreSection): Located | null {
  if (store.type?.text === "cassandra") return store.keyspace;
  if (store.namespace !== null) return store.namespace;
  if ((store.ddlType ?? store.connectionType)?.text !== "oracle") return store.database;
  return store.sid ?? store.namespaceOverride;
}
