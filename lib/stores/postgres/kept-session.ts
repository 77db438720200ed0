import { openSession, type PostgresTarget, type Row, type Session } from "#lib/stores/postgres/connection.ts";
import { NO_IDLE_LIMIT } from "#lib/stores/postgres/copy-out.ts";
import { moverError } from "#lib/stores/postgres/mover-errors.ts";

/** A connection for many small reads, one at a time: opened when first needed, and anew after a failure. */
export type KeptSession = {
  /** Runs one statement. @throws AdapterError effect `none` */
  query(sql: string, values: readonly string[]): Promise<readonly Row[]>;
  close(): Promise<void>;
};

/** Keeps one session to this store; nothing is opened yet. Its transactions are read-only. */
export function keepSession(target: PostgresTarget): KeptSession {
  let kept: Session | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  async function open(): Promise<Session> {
    const session = await openSession(target);
    await session.client.query(
      `SET default_transaction_read_only = on; SET row_security = off; SET statement_timeout = ${target.config.statementTimeoutMs}; ${NO_IDLE_LIMIT}`,
    );
    return session;
  }

  async function drop(): Promise<void> {
    const session = kept;
    kept = null;
    await session?.close();
  }

  async function ask(sql: string, values: readonly string[]): Promise<readonly Row[]> {
    try {
      kept ??= await open();
      return (await kept.client.query<Record<string, string | null>>(sql, [...values])).rows;
    } catch (error) {
      await drop();
      throw moverError(error);
    }
  }

  return {
    async query(sql, values) {
      const mine = turn.then(async () => ask(sql, values));
      turn = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      await turn;
      await drop();
    },
  };
}
