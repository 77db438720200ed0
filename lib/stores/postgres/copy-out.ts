import { to as copyTo } from "pg-copy-streams";

import type { CellBlock } from "#lib/mover/cell-block.ts";
import { openSession, type PostgresTarget } from "#lib/stores/postgres/connection.ts";
import { CopySplitter } from "#lib/stores/postgres/copy-binary.ts";
import { moverError } from "#lib/stores/postgres/mover-errors.ts";

/** What is read ahead of the consumer. */
const READ_AHEAD_BYTES = 1_024 * 1_024;

/** Sessions that copy: no time limit on a statement, and a dead peer is noticed within minutes. */
export const COPY_SESSION = { query_timeout: 0, keepAliveInitialDelayMillis: 10_000 };

/** A session that waits for the other store is not idle, whatever the server thinks. Not every server has these. */
export const NO_IDLE_LIMIT =
  "SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name IN ('idle_session_timeout', 'transaction_timeout')";

/** Settings of a transaction that copies. An index scan that starts at once is worth more to us than the cheapest total. */
export const COPY_SETTINGS = [
  "SET LOCAL statement_timeout = 0",
  "SET LOCAL idle_in_transaction_session_timeout = 0",
  "SET LOCAL row_security = off",
  // Not every server has these two.
  "SELECT set_config(name, '0', true) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout'",
  "SELECT set_config(name, 'off', true) FROM pg_catalog.pg_settings WHERE name = 'jit'",
].join("; ");

/**
 * The rows of a query of four columns (`row_name, col_name, ts, val`) as blocks, in one READ ONLY snapshot on a connection of its own, which
 * ends when the consumer stops. Reads at most a megabyte ahead. @throws AdapterError effect `none`
 */
export async function* copyOut(target: PostgresTarget, query: string): AsyncGenerator<CellBlock> {
  const session = await openSession(target, COPY_SESSION);
  try {
    await session.client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await session.client.query(COPY_SETTINGS);
    const stream = session.client.query(
      copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`, { highWaterMark: READ_AHEAD_BYTES }),
    );
    const splitter = new CopySplitter();
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      yield* splitter.push(chunk);
    }
    splitter.end();
  } catch (error) {
    throw moverError(error);
  } finally {
    await session.close();
  }
}
