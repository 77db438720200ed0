import { AdapterError } from "#lib/errors.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { explain } from "#lib/stores/cassandra/errors.ts";
import { readBound } from "#lib/stores/cassandra/read-bound.ts";
import { readRights } from "#lib/stores/cassandra/read-rights.ts";
import type { CassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { failedReport, reportOf, type StageName, type StageWords } from "#lib/stores/connection-report.ts";
import type { ConnectionReport } from "#lib/stores/schema.ts";

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
    return reportOf(wordsOf(target.config), rights, await readBound(target));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return failedReport(wordsOf(target.config), stageOf(error), error);
  }
}

function stageOf(error: AdapterError): StageName {
  return CODE_STAGES[error.code] ?? (error.cause === undefined ? "connection" : explain(error.cause).stage);
}

function wordsOf({ contactPoints, user, keyspace, localDataCenter, tls }: CassandraStoreConfig): StageWords {
  const [first] = contactPoints;
  return {
    weakTls: tls.mode !== "verify",
    findingsFrom: "database",
    findingStages: FINDING_STAGES,
    reached: {
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
    },
  };
}
