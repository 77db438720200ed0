import { AdapterError } from "#lib/errors.ts";
import { describeBoundState } from "#lib/stores/bound-state.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { explain } from "#lib/stores/cassandra/errors.ts";
import { readBound } from "#lib/stores/cassandra/read-bound.ts";
import { readRights } from "#lib/stores/cassandra/read-rights.ts";
import type { CassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import {
  type BoundReading,
  CONNECTION_STAGES,
  type ConnectionReport,
  type RightsReading,
  type StoreFinding,
} from "#lib/stores/schema.ts";

type Stage = ConnectionReport["stages"][number];
type StageName = Stage["stage"];

/** The findings that belong to each of the later stages. */
const FINDING_STAGES: Readonly<Record<string, StageName>> = {
  replication: "database",
  "schema-agreement": "schema",
  "table-missing": "table",
  "table-found": "table",
  "table-shape": "table",
  "other-rows": "table",
  "written-in-future": "table",
  partitioner: "server role",
  "server-version": "server role",
  nodes: "server role",
  quorum: "server role",
};

const CODE_STAGES: Readonly<Record<string, StageName>> = {
  "address-denied": "name look-up",
  "tls-failed": "TLS",
  "data-centre-unknown": "database",
  "keyspace-missing": "database",
  "unsupported-version": "server role",
  "nodes-down": "server role",
};

/**
 * Tries a store's connection from name look-up to rights, changing nothing. The report ends with the first stage that fails, and says
 * what to do about it. Does not throw for anything that the store or the network does.
 */
export async function testConnection(target: CassandraTarget): Promise<ConnectionReport> {
  try {
    const rights = await readRights(target);
    return reportOf(target.config, rights, await readBound(target));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return failed(target.config, error);
  }
}

function failed(config: CassandraStoreConfig, error: AdapterError): ConnectionReport {
  const stage =
    CODE_STAGES[error.code] ?? (error.cause === undefined ? "connection" : explain(error.cause).stage);
  const before = CONNECTION_STAGES.slice(0, CONNECTION_STAGES.indexOf(stage));
  return {
    ok: false,
    stages: [
      ...reached(before, config),
      {
        stage,
        verdict: "failed",
        code: error.code,
        message: error.message.replace(/ Nothing was changed in the store\.$/, ""),
      },
    ],
    identity: null,
    facts: [],
  };
}

function reached(
  stages: readonly StageName[],
  { contactPoints, user, keyspace, localDataCenter, tls }: CassandraStoreConfig,
): Stage[] {
  const [first] = contactPoints;
  const words: Readonly<Record<StageName, string>> = {
    "name look-up": `${first?.host ?? "The contact point"} has an address.`,
    connection: `Something answers on port ${first?.port ?? "given"}.`,
    TLS:
      tls.mode === "off"
        ? "TLS is off: passwords and data travel in clear text."
        : `The connection is encrypted (${tls.mode}).`,
    authentication: user === undefined ? "The cluster wants no user." : `The user ${user} may connect.`,
    database: `The keyspace ${keyspace} exists, with a copy in ${localDataCenter}.`,
    schema: "The nodes agree about the schema.",
    table: "The timestamp table is there.",
    rights: "Our user has the rights it needs.",
    "server role": "Enough nodes are up in every data centre.",
  };
  return stages.map((stage) => {
    const weak = stage === "TLS" && tls.mode !== "verify";
    return {
      stage,
      verdict: weak ? "warning" : "pass",
      code: `${stage.replaceAll(" ", "-")}-reached`,
      message: words[stage],
    };
  });
}

function reportOf(
  config: CassandraStoreConfig,
  rights: RightsReading,
  bound: BoundReading,
): ConnectionReport {
  const stages = [
    ...reached(["name look-up", "connection", "TLS", "authentication"], config),
    ...(["database", "schema", "table", "rights", "server role"] as const).flatMap((stage) =>
      findingStages(stage, rights.findings, config),
    ),
  ];
  return {
    ok: stages.every(({ verdict }) => verdict !== "failed"),
    stages,
    identity: bound.identity,
    facts: [...rights.facts, { label: "Bound", value: describeBoundState(bound.state) }],
  };
}

function findingStages(
  stage: StageName,
  findings: readonly StoreFinding[],
  config: CassandraStoreConfig,
): Stage[] {
  const ours = findings.filter(({ code }) => (FINDING_STAGES[code] ?? "rights") === stage);
  const noted = ours.filter(({ verdict }) => verdict !== "pass");
  if (noted.length === 0) return reached([stage], config);
  return noted.map(({ code, verdict, message }) => ({
    stage,
    verdict: verdict === "blocking" ? "failed" : "warning",
    code,
    message,
  }));
}
