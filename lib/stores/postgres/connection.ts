import { isIP } from "node:net";

import { Client, type ClientConfig } from "pg";

import { AdapterError, InvariantError } from "#lib/errors.ts";
import { onCommit, uncommitted } from "#lib/stores/postgres/errors.ts";
import { openSocket, type Tap } from "#lib/stores/postgres/socket.ts";
import type { PostgresStoreConfig } from "#lib/stores/postgres/schema.ts";
import { requireCertificates } from "#lib/stores/readable-certificates.ts";
import { type ResolveAddress, resolveHost } from "#lib/stores/resolve-host.ts";

/** The name under which our sessions show in `pg_stat_activity`. */
export const APPLICATION_NAME = "lockstep";

/** A store's configuration and, where targets must be pinned, how its host name is resolved. */
export type PostgresTarget = {
  readonly config: PostgresStoreConfig;
  readonly resolveAddress?: ResolveAddress;
};

/** One result row: every value as the server's own text, so that no integer can be rounded. */
export type Row = Readonly<Record<string, string | null>>;

/** One open connection. All its errors are `AdapterError`s. */
export interface Connection {
  /** Runs one statement and returns its rows. */
  query(sql: string, values?: readonly string[]): Promise<readonly Row[]>;
  /** Runs one statement and returns how many rows it touched; null for statements that count none. */
  execute(sql: string): Promise<number | null>;
  /** Commits. @throws AdapterError effect `unknown` unless the server said that it did not commit */
  commit(): Promise<void>;
}

/**
 * Opens a connection for `work` and closes it afterwards, whatever happens; nothing is reused or retried.
 * @throws AdapterError effect `none` when no connection comes about
 */
export async function withConnection<T>(
  target: PostgresTarget,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const session = await openSession(target);
  try {
    return await work(wrap(session.client));
  } finally {
    await session.close();
  }
}

/**
 * A connection of pg's own, for what goes beyond single statements (COPY). `close` takes leave of the server; `abort` does not, and ends at
 * once whatever it was doing.
 */
export type Session = {
  readonly client: Client;
  readonly tap: Tap;
  readonly close: () => Promise<void>;
  readonly abort: () => Promise<void>;
};

/**
 * Opens a connection; the caller closes it. `more` changes pg's settings: a COPY has no time limit of its own.
 * @throws AdapterError effect `none` when no connection comes about
 */
export async function openSession(
  target: PostgresTarget,
  more: Pick<ClientConfig, "query_timeout" | "keepAliveInitialDelayMillis"> = {},
): Promise<Session> {
  const { socket, tap } = openSocket(target.config.tls.mode === "disable");
  const client = new Client({ ...(await clientConfig(target)), ...more, stream: () => socket });
  // An error that arrives between two statements also fails the next one; unheard, it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    // Where the handshake failed pg leaves the socket open, and the server holds a session for it for a minute.
    socket.destroy();
    throw uncommitted(error);
  }
  return {
    client,
    tap,
    async close() {
      await close(client);
      socket.destroy();
    },
    async abort() {
      socket.destroy();
    },
  };
}

/** The close handshake may hang on a dead network; the answer is not worth waiting for. */
async function close(client: Client): Promise<void> {
  const giveUp = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 1_000);
    timer.unref();
  });
  await Promise.race([client.end().catch(() => undefined), giveUp]);
}

function wrap(client: Client): Connection {
  return {
    async query(sql, values = []) {
      try {
        const result = await client.query<Record<string, string | null>>(sql, [...values]);
        return result.rows;
      } catch (error) {
        throw uncommitted(error);
      }
    },
    async execute(sql) {
      try {
        return (await client.query(sql)).rowCount ?? null;
      } catch (error) {
        throw uncommitted(error);
      }
    },
    async commit() {
      let command: string;
      try {
        command = (await client.query("COMMIT")).command;
      } catch (error) {
        throw onCommit(error);
      }
      if (command === "COMMIT") return;
      throw new AdapterError(
        "rolled-back",
        "none",
        "The server rolled the change back. Nothing was changed in the store.",
      );
    },
  };
}

async function clientConfig({ config, resolveAddress }: PostgresTarget): Promise<ClientConfig> {
  const address = await resolveHost(config.host, resolveAddress, uncommitted);
  return {
    host: address,
    port: config.port,
    database: config.database,
    user: config.user,
    // A function, because pg falls back to PGPASSWORD and ~/.pgpass for an empty string.
    password: () => config.password,
    ssl: tlsOptions(config),
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: config.connectTimeoutMs,
    query_timeout: config.statementTimeoutMs + config.lockTimeoutMs + 2_000,
    keepAlive: true,
    types: { getTypeParser: () => (text: string) => text },
  };
}

function tlsOptions({ host, tls }: PostgresStoreConfig): ClientConfig["ssl"] {
  if (tls.mode === "disable") return false;
  requireCertificates("authority (CA)", tls.ca);
  requireCertificates("client certificate", tls.cert);
  const verifies = tls.mode !== "require";
  return {
    rejectUnauthorized: verifies,
    ...(tls.mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    // We connect to a resolved address, but the certificate is for the name that was asked for.
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
}

/** An open session as a connection for single statements. */
export function connectionOn({ client }: Session): Connection {
  return wrap(client);
}

/** Settings of every transaction: bounded waits, and an error instead of rows silently left out by row-level security. */
export function settings(config: PostgresStoreConfig): string {
  return [
    `SET LOCAL statement_timeout = ${config.statementTimeoutMs}`,
    `SET LOCAL lock_timeout = ${config.lockTimeoutMs}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${config.statementTimeoutMs + 20_000}`,
    "SET LOCAL row_security = off",
  ].join("; ");
}

/** Runs `work` in one READ ONLY transaction on a connection of its own and rolls it back. */
export async function readOnly<T>(
  target: PostgresTarget,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  return withConnection(target, async (connection) => {
    await connection.execute("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY");
    await connection.execute(settings(target.config));
    const result = await work(connection);
    await connection.execute("ROLLBACK");
    return result;
  });
}

/**
 * Runs `work` in one transaction on a connection of its own; commits if it returns `commit: true`, else rolls back. The session's own
 * default decides whether writing is allowed, so that an administrator's read-only setting is not overridden.
 */
export async function readWrite<T>(
  target: PostgresTarget,
  work: (connection: Connection) => Promise<{ readonly commit: boolean; readonly result: T }>,
): Promise<T> {
  return withConnection(target, async (connection) => {
    await connection.execute("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED");
    await connection.execute(settings(target.config));
    // A bound that is gone after a crash of the server would be a bound that went backwards.
    await connection.execute(
      "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
    );
    const { commit, result } = await work(connection);
    if (commit) await connection.commit();
    else await connection.execute("ROLLBACK");
    return result;
  });
}

/** A value that the statement cannot leave NULL. @throws InvariantError otherwise */
export function text(row: Row | undefined, name: string): string {
  const value = row?.[name];
  if (value === undefined || value === null) throw new InvariantError(`the query gave no ${name}`);
  return value;
}

/** A value that may be NULL. */
export function optional(row: Row | undefined, name: string): string | null {
  return row?.[name] ?? null;
}

/** A boolean that the statement cast to text. */
export function flag(row: Row | undefined, name: string): boolean {
  return text(row, name) === "true";
}
