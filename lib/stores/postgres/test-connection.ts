import { AdapterError } from "#lib/errors.ts";
import { failedReport, reportOf, type StageName, type StageWords } from "#lib/stores/connection-report.ts";
import type { PostgresTarget } from "#lib/stores/postgres/connection.ts";
import { explain } from "#lib/stores/postgres/errors.ts";
import { readBound } from "#lib/stores/postgres/read-bound.ts";
import { readRights } from "#lib/stores/postgres/read-rights.ts";
import type { PostgresStoreConfig } from "#lib/stores/postgres/schema.ts";
import type { ConnectionReport } from "#lib/stores/schema.ts";

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
    return reportOf(wordsOf(target.config), rights, bound);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return failedReport(wordsOf(target.config), stageOf(error), error);
  }
}

function stageOf(error: AdapterError): StageName {
  if (error.code === "unsupported-version") return "server role";
  if (error.code === "tls-failed") return "TLS";
  if (error.code === "address-denied") return "name look-up";
  if (error.code === "lock-timeout") return "table";
  return error.cause === undefined ? "connection" : explain(error.cause).stage;
}

function wordsOf({ host, port, user, database, tls }: PostgresStoreConfig): StageWords {
  return {
    weakTls: tls.mode === "disable" || tls.mode === "require",
    findingsFrom: "schema",
    findingStages: FINDING_STAGES,
    reached: {
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
    },
  };
}
