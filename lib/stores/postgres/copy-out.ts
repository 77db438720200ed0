import type { CellBlock } from "#lib/mover/cell-block.ts";
import { CopyOutQuery } from "#lib/stores/postgres/copy-out-query.ts";
import { moverError } from "#lib/stores/postgres/mover-errors.ts";
import type { SessionPool } from "#lib/stores/postgres/session-pool.ts";

/** A session that waits for the other store is not idle, whatever the server thinks. Not every server has these. */
export const NO_IDLE_LIMIT =
  "SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name IN ('idle_session_timeout', 'transaction_timeout')";

/** Settings of a transaction that copies. */
export const COPY_SETTINGS = [
  "SET LOCAL statement_timeout = 0",
  "SET LOCAL idle_in_transaction_session_timeout = 0",
  "SET LOCAL row_security = off",
  // Not every server has it.
  "SELECT set_config(name, '0', true) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout'",
  "SELECT set_config(name, 'off', true) FROM pg_catalog.pg_settings WHERE name = 'jit'",
].join("; ");

/**
 * Settings of a transaction that reads one range of a table: by the key, since every shard would read the whole table otherwise; what has
 * to be sorted is sorted in memory; and no more processes of the source than were asked for by the number of lanes.
 */
export const RANGE_SETTINGS = [
  COPY_SETTINGS,
  "SET LOCAL enable_seqscan = off",
  "SET LOCAL work_mem = '64MB'",
  "SET LOCAL max_parallel_workers_per_gather = 0",
].join("; ");

/**
 * The rows of a query of four columns (`row_name, col_name, ts, val`) as blocks, in one READ ONLY snapshot on a session of the pool's, which
 * ends when the consumer stops early. Reads at most a megabyte ahead. @throws AdapterError effect `none`
 */
export async function* copyOut(
  pool: SessionPool,
  query: string,
  settings: string = COPY_SETTINGS,
): AsyncGenerator<CellBlock> {
  const session = await pool.begin(settings);
  let state: "midway" | "done" | "failed" = "midway";
  try {
    const copy = session.client.query(
      new CopyOutQuery(`COPY (${query}) TO STDOUT (FORMAT binary)`, session.tap),
    );
    for (let block = await copy.next(); block !== null; block = await copy.next()) yield block;
    state = "done";
  } catch (error) {
    state = "failed";
    throw moverError(error);
  } finally {
    if (state === "done") await pool.end(session);
    // In the middle of a copy the server hears nothing but the end of the connection.
    else await (state === "midway" ? session.abort() : session.close());
  }
}
