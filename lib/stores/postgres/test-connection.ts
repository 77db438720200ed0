import { describeBoundState } from "#lib/stores/bound-state.ts";
import { AdapterError } from "#lib/errors.ts";
import type { PostgresTarget } from "#lib/stores/postgres/connection.ts";
import { explain } from "#lib/stores/postgres/errors.ts";
import { readBound } from "#lib/stores/postgres/read-bound.ts";
import { readRights } from "#lib/stores/postgres/read-rights.ts";
import type { PostgresStoreConfig } from "#lib/stores/postgres/schema.ts";
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
  "schema-missing": "schema",
  "search-path": "schema",
  "table-ambiguous": "table",
  "table-missing": "table",
  "table-elsewhere": "table",
  "table-found": "table",
  "other-prefixes": "table",
  "table-named-timestamp": "table",
  "extra-columns": "table",
  triggers: "table",
  "row-security": "table",
  "in-recovery": "server role",
  "default-read-only": "server role",
  standbys: "server role",
};

/**
 * Tries a store's connection from name look-up to rights, changing nothing. The report ends with the first stage that fails, and says
 * what to do about it. Does not throw for anything that the store or the network does.
 */
export async function testConnection(target: PostgresTarget): Promise<ConnectionReport> {
  try {
    const rights = await readRights(target);
    const bound = rights.findings.some(({ code }) => code === "table-ambiguous" || code === "schema-missing")
      ? null
      : await readBound(target);
    return reportOf(target.config, rights, bound);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return failed(target.config, error);
  }
}

function failed(config: PostgresStoreConfig, error: AdapterError): ConnectionReport {
  const stage = stageOf(error);
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

function stageOf(error: AdapterError): StageName {
  if (error.code === "unsupported-version") return "server role";
  if (error.code === "tls-failed") return "TLS";
  if (error.code === "address-denied") return "name look-up";
  if (error.code === "lock-timeout") return "table";
  return error.cause === undefined ? "connection" : explain(error.cause).stage;
}

function reached(
  stages: readonly StageName[],
  { host, port, user, database, tls }: PostgresStoreConfig,
): Stage[] {
  const words: Readonly<Record<StageName, string>> = {
    "name look-up": `${host} has an address.`,
    connection: `Something answers on port ${port}.`,
    TLS:
      tls.mode === "disable"
        ? "TLS is off: passwords and data travel in clear text."
        : `The connection is encrypted (${tls.mode}).`,
    authentication: `The user ${user} may connect.`,
    database: `The database ${database} exists.`,
    schema: "The schema exists.",
    table: "The timestamp table is there.",
    rights: "Our user has the rights it needs.",
    "server role": "The server takes writes.",
  };
  return stages.map((stage) => {
    const weak = stage === "TLS" && (tls.mode === "disable" || tls.mode === "require");
    return {
      stage,
      verdict: weak ? "warning" : "pass",
      code: `${stage.replaceAll(" ", "-")}-reached`,
      message: words[stage],
    };
  });
}

function reportOf(
  config: PostgresStoreConfig,
  rights: RightsReading,
  bound: BoundReading | null,
): ConnectionReport {
  const stages = [
    ...reached(["name look-up", "connection", "TLS", "authentication", "database"], config),
    ...(["schema", "table", "rights", "server role"] as const).flatMap((stage) =>
      findingStages(stage, rights.findings, config),
    ),
  ];
  return {
    ok: stages.every(({ verdict }) => verdict !== "failed"),
    stages,
    identity: bound?.identity ?? null,
    facts: [
      ...rights.facts,
      ...(bound === null ? [] : [{ label: "Bound", value: describeBoundState(bound.state) }]),
    ],
  };
}

function findingStages(
  stage: StageName,
  findings: readonly StoreFinding[],
  config: PostgresStoreConfig,
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
