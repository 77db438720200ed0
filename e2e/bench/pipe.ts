import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

import { relationFor, type StoreSeed } from "#e2e/bench/seed.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { versionsQuery } from "#lib/stores/postgres/cell-source.ts";
import { withSession } from "#lib/stores/postgres/testing.ts";

/** What psql reads and writes in one go: every version in the mover's own words, or the newest of each cell as the server finds it. */
export type PipeQuery = "the mover's own" | "newest versions";

/** What is missing, in words; null when there is a psql. */
export async function missingPsql(): Promise<string | null> {
  try {
    await promisify(execFile)("psql", ["--version"]);
    return null;
  } catch {
    return "psql is missing, to which the mover's speed is compared (Debian: apt-get install postgresql-client).";
  }
}

function queryFor(query: PipeQuery, relation: string): string {
  return query === "the mover's own"
    ? versionsQuery(relation, WHOLE_TABLE)
    : `SELECT DISTINCT ON (row_name, col_name) row_name, col_name, s.ts, val FROM ${relation} AS s ORDER BY row_name, col_name, s.ts DESC`;
}

/** `psql | psql`, table after table, from one database into empty tables with their keys in another. Gives the seconds. */
export async function pipeStore(
  source: string,
  destination: string,
  seed: StoreSeed,
  query: PipeQuery,
): Promise<number> {
  let seconds = 0;
  for (const table of Object.keys(seed.tables)) {
    const relation = relationFor(table);
    await withSession(destination, async (client) => {
      await client.query(
        `CREATE TABLE ${relation} (row_name BYTEA NOT NULL, col_name BYTEA NOT NULL, ts INT8 NOT NULL, val BYTEA,
           CONSTRAINT pk_${relation} PRIMARY KEY (row_name, col_name, ts))`,
      );
    });
    const begun = performance.now();
    await pipe(
      [source, `COPY (${queryFor(query, relation)}) TO STDOUT (FORMAT binary)`],
      [destination, `COPY ${relation} FROM STDIN (FORMAT binary)`],
    );
    seconds += (performance.now() - begun) / 1_000;
  }
  return seconds;
}

/** The shell joins the two, so that no byte goes through this process. */
async function pipe(
  [from, out]: readonly [string, string],
  [to, into]: readonly [string, string],
): Promise<void> {
  const script = 'set -e -o pipefail; psql -X -q -d "$1" -c "$2" | psql -X -q -d "$3" -c "$4"';
  const child = spawn("bash", ["-c", script, "pipe", from, out, to, into], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error("psql | psql failed");
}
