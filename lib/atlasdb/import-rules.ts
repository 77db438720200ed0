import type { ClientConfiguration } from "#lib/atlasdb/client-configuration.ts";
import { keyRules } from "#lib/atlasdb/configuration.ts";
import type { ConfigurationFinding, Located, Section } from "#lib/atlasdb/configuration-file.ts";
import { cassandraServers } from "#lib/atlasdb/import-store.ts";
import { leaderRules } from "#lib/atlasdb/rules-embedded.ts";
import { embeddedNamespaceRules, namespaceRules } from "#lib/atlasdb/rules-namespace.ts";
import { serverRules } from "#lib/atlasdb/rules-servers.ts";
import { storeRules } from "#lib/atlasdb/rules-store.ts";
import { asynchronous } from "#lib/atlasdb/rules-timelock.ts";
import { tablePrefixProblem } from "#lib/atlasdb/tables.ts";

/**
 * Every rule of AtlasDB on one node's files, whatever they are for: what would make the client refuse to start, or run differently than
 * the files seem to say. Source: atlasdb-facts B.1, B.3, 0.13; H32
 */
export function clientRules(
  client: ClientConfiguration,
  install: Section,
  runtime: Section | null,
): ConfigurationFinding[] {
  const onTimelock = usesTimelock(client);
  return [
    ...keyRules(install),
    ...(runtime === null ? [] : keyRules(runtime)),
    ...blockRules(client),
    ...(client.leaderLine === null ? [] : leaderRules(client.leader, client.leaderLine)),
    ...(onTimelock ? namespaceRules(client, null) : embeddedNamespaceRules(client)),
    ...serverRules(client, []),
    ...storeRules(client, null),
    ...connectionRules(install.section("keyValueService")),
    ...cassandraRules(install.section("keyValueService"), runtime?.section("keyValueService") ?? null),
    ...asynchronous(client),
  ];
}

/** Whether the client takes its timestamps from TimeLock: either block is enough. Source: atlasdb-facts B.1 */
export function usesTimelock({ timelockLine, timelockRuntimeLine }: ClientConfiguration): boolean {
  return timelockLine !== null || timelockRuntimeLine !== null;
}

/** Which blocks exclude each other, and which come together. */
function blockRules(client: ClientConfiguration): ConfigurationFinding[] {
  const { leaderLine, lockLine, timestampLine, timelockLine, timelockRuntimeLine } = client;
  const findings: ConfigurationFinding[] = [];
  const blocking = (code: string, line: number, message: string, file: "install" | "runtime" = "install") =>
    findings.push({ severity: "blocking", code, message, file, line });
  const remote = lockLine ?? timestampLine;
  if (leaderLine !== null && timelockLine !== null)
    blocking(
      "blocks-conflict",
      leaderLine,
      "leader and timelock exclude each other: AtlasDB refuses to start.",
    );
  if (leaderLine !== null && remote !== null)
    blocking("blocks-conflict", remote, "leader excludes lock and timestamp: AtlasDB refuses to start.");
  if (timelockLine !== null && remote !== null)
    blocking("blocks-conflict", remote, "timelock excludes lock and timestamp: AtlasDB refuses to start.");
  if (remote !== null && (lockLine === null || timestampLine === null))
    blocking(
      "lock-without-timestamp",
      remote,
      "lock and timestamp come together, and only one of them is here: AtlasDB refuses to start.",
    );
  if (timelockRuntimeLine !== null && (leaderLine ?? remote) !== null)
    blocking(
      "blocks-conflict",
      timelockRuntimeLine,
      "timelockRuntime is refused beside leader, lock and timestamp in the install file.",
      "runtime",
    );
  if (
    remote !== null &&
    lockLine !== null &&
    timestampLine !== null &&
    !usesTimelock(client) &&
    leaderLine === null
  )
    blocking(
      "remote-timestamps",
      remote,
      "This service takes its locks and timestamps from another one. It moves with that one: enter it there as a dependent.",
    );
  if (timelockRuntimeLine !== null && timelockLine === null)
    findings.push({
      severity: "warning",
      code: "timelock-runtime-only",
      message:
        "Only the runtime file says that TimeLock is used. A command line that is started without it would use embedded timestamps.",
      file: "runtime",
      line: timelockRuntimeLine,
    });
  return findings;
}

/** What a relational store cannot do without. */
function connectionRules(kvs: Section | null): ConfigurationFinding[] {
  if (kvs?.value("type")?.text !== "relational") return [];
  const connection = kvs.section("connection");
  const ddl = kvs.section("ddl");
  if (connection === null || ddl === null) return [];
  const kind = ddl.value("type")?.text;
  const needed = kind === "oracle" ? ["host", "port", "dbLogin"] : ["host", "port", "dbName", "dbLogin"];
  const missing = needed.filter((key) => connection.value(key) === null);
  return [
    ...(missing.length === 0
      ? []
      : [
          at(
            null,
            connection.line,
            "warning",
            "connection-incomplete",
            `connection lacks ${missing.join(", ")}.`,
          ),
        ]),
    ...(kind === "oracle" ? oracleRules(connection, ddl) : []),
    ...prefixRules(kind, ddl.value("tablePrefix")),
  ];
}

function oracleRules(connection: Section, ddl: Section): ConfigurationFinding[] {
  const sid = connection.value("sid");
  const service = connection.lineOf("serviceNameConfiguration");
  const findings: ConfigurationFinding[] = [];
  if (ddl.value("overflowMigrationState") === null)
    findings.push(
      at(
        null,
        ddl.line,
        "blocking",
        "overflow-state",
        "ddl lacks overflowMigrationState, which Oracle demands.",
      ),
    );
  if ((sid === null) === (service === null))
    findings.push(
      at(
        sid,
        connection.line,
        "blocking",
        "oracle-name",
        "connection needs either sid or serviceNameConfiguration, and not both.",
      ),
    );
  return findings;
}

function prefixRules(kind: string | undefined, prefix: Located | null): ConfigurationFinding[] {
  if (prefix === null || (kind !== "postgres" && kind !== "oracle")) return [];
  const problem = tablePrefixProblem(kind, prefix.text);
  return problem === null ? [] : [at(prefix, prefix.line, "blocking", "table-prefix", problem)];
}

function cassandraRules(kvs: Section | null, runtimeKvs: Section | null): ConfigurationFinding[] {
  if (kvs?.value("type")?.text !== "cassandra") return [];
  const servers = cassandraServers(runtimeKvs) ?? cassandraServers(kvs);
  const findings: ConfigurationFinding[] = [];
  if (servers === null)
    findings.push(
      at(
        null,
        kvs.line,
        "blocking",
        "cassandra-servers",
        "No Cassandra server is listed, neither here nor in the runtime file.",
      ),
    );
  if (servers?.protocol === "thrift")
    findings.push(
      at(
        servers.servers[0] ?? null,
        kvs.line,
        "warning",
        "thrift-only",
        "The file names Thrift ports only, while Lockstep speaks CQL. Check the CQL port of each contact point.",
      ),
    );
  if (runtimeKvs !== null && runtimeKvs.value("type")?.text !== "cassandra")
    findings.push({
      ...at(
        null,
        runtimeKvs.line,
        "blocking",
        "store-kind-differs",
        "keyValueService of the runtime file is of another type than the install file’s.",
      ),
      file: "runtime",
    });
  return findings;
}

function at(
  value: Located | null,
  line: number,
  severity: ConfigurationFinding["severity"],
  code: string,
  message: string,
): ConfigurationFinding {
  return { severity, code, message, file: value?.file ?? "install", line: value?.line ?? line };
}
