import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

import { relationFor, type StoreSeed } from "#e2e/bench/seed.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { versionsQuery } from "#lib/stores/postgres/cell-source.ts";
import { withSession } from "#lib/stores/postgres/testing.ts";

/**
 * What psql reads and writes in one go: every version in the mover's own words, the newest of each cell as the server finds it, or every version
 * as a hashed Cassandra cluster gives them, in the order of its rows' hashes.
 */
export type PipeQuery = "the mover's own" | "newest versions" | "in the order of hashes";

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
  switch (query) {
    case "the mover's own":
      return versionsQuery(relation, WHOLE_TABLE);
    case "newest versions":
      return `SELECT DISTINCT ON (row_name, col_name) row_name, col_name, s.ts, val FROM ${relation} AS s ORDER BY row_name, col_name, s.ts DESC`;
    case "in the order of hashes":
      return `SELECT row_name, col_name, ts, val FROM hashed_${relation}`;
  }
}

/** Puts a table's rows down in the order of their hashes, so that to read them costs no sorting. */
async function layDown(source: string, relation: string): Promise<void> {
  await withSession(source, async (client) => {
    await client.query(`DROP TABLE IF EXISTS hashed_${relation}`);
    await client.query(
      `CREATE TABLE hashed_${relation} AS SELECT * FROM ${relation} ORDER BY md5(row_name), col_name`,
    );
  });
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
    if (query === "in the order of hashes") await layDown(source, relation);
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
