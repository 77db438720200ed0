import type { Client } from "pg";

import { AdapterError } from "#lib/errors.ts";
import type { TableSite } from "#lib/stores/postgres/cell-tables.ts";
import type { Connection } from "#lib/stores/postgres/connection.ts";
import { tableExists } from "#lib/stores/postgres/read-punch.ts";
import { qualified } from "#lib/stores/postgres/statements.ts";

/**
 * The S of the copy that may write into this store, in a table of ours with one row. No copy writes at another one: a worker of an earlier
 * copy that wakes up after the tables were made anew would bring back what the source no longer has.
 */
const START_TABLE = "lockstep_copy_start";

/** The table, quoted for SQL. */
export function startsOf(site: TableSite): string {
  return qualified({ schema: site.schema, table: START_TABLE });
}

/** Creates the table where it is missing, inside a transaction that keeps others from doing the same. */
export async function ensureStartTable(client: Client, site: TableSite): Promise<void> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${startsOf(site)} (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), start bigint,
       retired bigint NOT NULL DEFAULT 0)`,
  );
}

/**
 * Lets nobody write for any copy begun so far, before tables are dropped: ends the sessions that still write, retires S, and forgets who wrote
 * what. A store that no copy wrote to has nothing to retire.
 */
export async function retireStart(
  connection: Connection,
  site: TableSite,
  fenceTable: string,
  checkpointTable: string,
): Promise<void> {
  if (!(await tableExists(connection, startsOf(site)))) return;
  await endWriters(connection, fenceTable);
  await connection.execute(
    `UPDATE ${startsOf(site)} SET retired = greatest(retired, coalesce(start, 0)), start = NULL`,
  );
  await connection.execute(`DELETE FROM ${fenceTable}`);
  await connection.execute(`DELETE FROM ${checkpointTable}`);
}

/** The sessions that write a shard, or did. */
async function endWriters(connection: Connection, fenceTable: string): Promise<void> {
  await connection.execute(
    `SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity AS session
     JOIN ${fenceTable} AS fence ON fence.backend = session.pid AND fence.backend_start = session.backend_start
     WHERE session.pid <> pg_backend_pid() AND session.datname = current_database()`,
  );
}

/** Drops our tables when the copy at S is over, with whatever still writes; not when another copy is the one that may write. */
export async function forgetStart(
  connection: Connection,
  site: TableSite,
  start: bigint,
  [fenceTable, ...others]: readonly [string, ...string[]],
): Promise<void> {
  await connection.execute("SELECT pg_advisory_xact_lock(hashtext('lockstep_copy'))");
  if (!(await tableExists(connection, startsOf(site)))) return;
  const held = await connection.query(
    `SELECT start::text AS start FROM ${startsOf(site)} WHERE start = ${start} FOR UPDATE`,
  );
  if (held.length !== 1) return;
  await endWriters(connection, fenceTable);
  await connection.execute(`DROP TABLE ${[fenceTable, ...others, startsOf(site)].join(", ")}`);
}

/**
 * Makes S the one that may write, unless it was retired, or another one has been written at, or a later one was taken.
 * @throws AdapterError `set-up-anew`
 */
export async function takeStart(
  client: Client,
  site: TableSite,
  fenceTable: string,
  start: bigint,
): Promise<void> {
  if (await isStart(client, site, start)) return;
  await client.query(
    `INSERT INTO ${startsOf(site)} AS held (start) VALUES ($1)
     ON CONFLICT (only_row) DO UPDATE SET start = EXCLUDED.start
       WHERE greatest(held.retired, held.start) < EXCLUDED.start AND NOT EXISTS (SELECT 1 FROM ${fenceTable})`,
    [String(start)],
  );
  if (!(await isStart(client, site, start))) throw setUpAnew(start);
}

/** Whether S is the one that may write. */
export async function isStart(client: Client, site: TableSite, start: bigint): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT 1 FROM ${startsOf(site)} WHERE start = $1`, [
    String(start),
  ]);
  return rowCount === 1;
}

/** The refusal of everything that a copy wants to write after another one took its place. */
export function setUpAnew(start: bigint): AdapterError {
  return new AdapterError(
    "set-up-anew",
    "none",
    `The destination's tables were made anew since this copy began, for another one, so nothing is written at ${start} any more. What was not yet recorded was rolled back. Start over with a new plan.`,
  );
}
