import { auth, Client, policies, types } from "cassandra-driver";

import { InvariantError } from "#lib/errors.ts";
import type { Generation } from "#lib/stores/cassandra/statements.ts";
import { generationOf } from "#lib/stores/cassandra/versions.ts";

/** Where the sandbox's Cassandra is and how one of its roles signs in; `keyspace` is the service's own. */
export type CassandraConnection = {
  readonly kind: "cassandra";
  readonly host: string;
  readonly port: number;
  readonly thriftPort: number;
  readonly dataCentre: string;
  readonly keyspace: string;
  readonly user: string;
  readonly password: string;
  /** PEM; absent: clear text. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
};

/** The levels that AtlasDB uses. Source: atlasdb-facts C, E.3 */
export type Level = "local-quorum" | "quorum" | "each-quorum";

/** A row with the driver's types: blobs are Buffers, `bigint` columns are `bigint`. */
export type Row = Readonly<Record<string, unknown>>;

/** One open session of a simulated service. Statements are sent once; whoever sends them decides about repeating. */
export interface Session {
  readonly keyspace: string;
  readonly generation: Generation;
  /** Runs a statement with its values: blobs as bytes, `bigint` columns as `bigint`. */
  run(cql: string, values: readonly (Uint8Array | bigint)[], level: Level): Promise<readonly Row[]>;
  /** Runs a conditional statement at SERIAL, committed at `level`, and says whether it was applied. */
  runIf(cql: string, values: readonly (Uint8Array | bigint)[], level: Level): Promise<Verdict>;
  /** Changes roles or schema. */
  define(cql: string): Promise<void>;
  close(): Promise<void>;
}

/** Whether a conditional statement was applied, and the rows that the server answered with. */
export type Verdict = { readonly applied: boolean; readonly rows: readonly Row[] };

const LEVELS: Readonly<Record<Level, types.consistencies>> = {
  "local-quorum": types.consistencies.localQuorum,
  quorum: types.consistencies.quorum,
  "each-quorum": types.consistencies.eachQuorum,
};
const CONNECT_TIMEOUT_MS = 5_000;
const READ_TIMEOUT_MS = 6_000;

/** How long the making of a store may wait for one answer: a change of the schema is slow on a machine that just started. */
export const PREPARE_TIMEOUT_MS = 60_000;

/** Opens a session that waits so long for an answer. @throws what the driver says when nobody answers or the role is refused */
export async function openSession(
  connection: CassandraConnection,
  readTimeoutMs: number = READ_TIMEOUT_MS,
): Promise<Session> {
  const { tls } = connection;
  const client = new Client({
    contactPoints: [`${connection.host}:${connection.port}`],
    localDataCenter: connection.dataCentre,
    authProvider: new auth.PlainTextAuthProvider(connection.user, connection.password),
    encoding: { useBigIntAsLong: true },
    isMetadataSyncEnabled: false,
    pooling: { coreConnectionsPerHost: { [types.distance.local]: 1 } },
    policies: { retry: new policies.retry.FallthroughRetryPolicy() },
    socketOptions: { connectTimeout: CONNECT_TIMEOUT_MS, readTimeout: readTimeoutMs },
    ...(tls === undefined ? {} : { sslOptions: { ca: [tls.ca], cert: tls.cert, key: tls.key } }),
  });
  try {
    await client.connect();
  } catch (error) {
    await client.shutdown().catch(() => undefined);
    throw error;
  }
  const execute = async (cql: string, values: readonly (Uint8Array | bigint)[], level: Level) =>
    client.execute(
      cql,
      values.map((value) => (typeof value === "bigint" ? value : Buffer.from(value))),
      {
        prepare: values.length > 0,
        consistency: LEVELS[level],
        serialConsistency: types.consistencies.serial,
        isIdempotent: false,
      },
    );
  return {
    keyspace: connection.keyspace,
    generation: generationOf(client.hosts.values()[0]?.cassandraVersion ?? ""),
    run: async (cql, values, level) => (await execute(cql, values, level)).rows ?? [],
    runIf: async (cql, values, level) => {
      const rows: readonly Row[] = (await execute(cql, values, level)).rows ?? [];
      return { applied: rows[0]?.["[applied]"] === true, rows };
    },
    define: async (cql) => {
      await client.execute(cql);
    },
    close: async () => client.shutdown(),
  };
}

/** Opens a session for `use` and closes it, whatever happens. */
export async function withCassandraSession<T>(
  connection: CassandraConnection,
  use: (session: Session) => Promise<T>,
  readTimeoutMs: number = READ_TIMEOUT_MS,
): Promise<T> {
  const session = await openSession(connection, readTimeoutMs);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** A blob of a row; null where the cell is empty. @throws InvariantError when the column holds something else */
export function blob(row: Row | undefined, name: string): Uint8Array | null {
  const value = row?.[name];
  if (value === undefined || value === null) return null;
  if (!(value instanceof Uint8Array)) throw new InvariantError(`the query gave no blob as ${name}`);
  return value;
}
