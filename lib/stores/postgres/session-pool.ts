import { setTimeout as sleep } from "node:timers/promises";

import {
  type Connection,
  connectionOn,
  openSession,
  type PostgresTarget,
  type Session,
  settings,
} from "#lib/stores/postgres/connection.ts";
import { moverError } from "#lib/stores/postgres/mover-errors.ts";

/** Sessions that copy: no time limit on a statement, and a dead peer is noticed within minutes. */
export const COPY_SESSION = { query_timeout: 0, keepAliveInitialDelayMillis: 10_000 };

const BEGIN = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** Sessions kept for the next read: as many as lanes usually are. */
const IDLE_MAX = 8;

/**
 * Sessions that read one thing after another in READ ONLY snapshots. Opening one costs both sides as much as dozens of small reads; one that
 * died while nobody used it is replaced.
 */
export class SessionPool {
  readonly #target: PostgresTarget;
  readonly #idle: Session[] = [];
  #isClosed = false;

  constructor(target: PostgresTarget) {
    this.#target = target;
  }

  /** A session in a new snapshot with these settings of the transaction. @throws AdapterError effect `none` */
  async begin(local: string): Promise<Session> {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (await this.#answers(kept, local)) return kept;
      await kept.abort();
    }
    const session = await openSession(this.#target, COPY_SESSION);
    try {
      await begin(session, local);
      return session;
    } catch (error) {
      await session.close();
      throw moverError(error);
    }
  }

  /** Takes back a session with which everything went well. */
  async end(session: Session): Promise<void> {
    try {
      await session.client.query("ROLLBACK");
    } catch {
      await session.abort();
      return;
    }
    if (this.#isClosed || this.#idle.length >= IDLE_MAX) await session.close();
    else this.#idle.push(session);
  }

  /** Runs single statements in one snapshot, under the limits of every reading. @throws AdapterError effect `none` */
  async ask<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const session = await this.begin(settings(this.#target.config));
    try {
      const result = await work(connectionOn(session));
      await this.end(session);
      return result;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Ends what is idle now, and whatever is given back later. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#idle.splice(0).map(async (session) => session.close()));
  }

  /** A session to a network that is gone says nothing at all. */
  async #answers(session: Session, local: string): Promise<boolean> {
    const late = new AbortController();
    const patience = sleep(this.#target.config.connectTimeoutMs, false, { signal: late.signal }).catch(
      () => false,
    );
    const answer = begin(session, local).then(
      () => true,
      () => false,
    );
    const answered = await Promise.race([answer, patience]);
    late.abort();
    return answered;
  }
}

async function begin({ client }: Session, local: string): Promise<void> {
  await client.query(BEGIN);
  await client.query(local);
}
