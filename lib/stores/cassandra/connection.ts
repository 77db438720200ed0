import { isIP } from "node:net";

import { auth, Client, type ClientOptions, policies, types } from "cassandra-driver";

import { AdapterError } from "#lib/errors.ts";
import { onConditional, uncommitted } from "#lib/stores/cassandra/errors.ts";
import { guardDriver } from "#lib/stores/cassandra/guard-driver.ts";
import type { CassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { tlsOptions } from "#lib/stores/cassandra/tls.ts";
import { type ResolveAddress, resolveHost } from "#lib/stores/resolve-host.ts";

/** The name that our connections tell the server; `system_views.clients` shows it from Cassandra 4.1. */
export const APPLICATION_NAME = "lockstep";

/** A store's configuration and, where targets must be pinned, how its host names are resolved. */
export type CassandraTarget = {
  readonly config: CassandraStoreConfig;
  readonly resolveAddress?: ResolveAddress;
};

/** One node: its name or address as it was configured or learned, and its CQL port. */
export type Endpoint = { readonly host: string; readonly port: number };

/** One result row with the driver's types: blobs are Buffers, `bigint` columns are `bigint`. */
export type Row = Readonly<Record<string, unknown>>;

/** The consistency levels that are used. `serial` reads also finish or discard a conditional write that hangs half-way. */
export type Consistency = "one" | "local-quorum" | "quorum" | "each-quorum" | "serial";

const LEVELS: Readonly<Record<Consistency, types.consistencies>> = {
  one: types.consistencies.one,
  "local-quorum": types.consistencies.localQuorum,
  quorum: types.consistencies.quorum,
  "each-quorum": types.consistencies.eachQuorum,
  serial: types.consistencies.serial,
};

/** One open connection to one node. All its errors are `AdapterError`s. */
export interface Connection {
  readonly endpoint: Endpoint;
  /** The address that the endpoint's name led to. */
  readonly address: string;
  /** Reads. @throws AdapterError effect `none` */
  query(cql: string, consistency: Consistency): Promise<readonly Row[]>;
  /**
   * Sends one conditional write at serial consistency SERIAL, committed at `commit`, exactly once.
   * @throws AdapterError effect `unknown` unless the server refused it beforehand
   */
  conditional(cql: string, commit: "each-quorum" | "quorum"): Promise<readonly Row[]>;
  /** Sends one change of the schema, exactly once. @throws AdapterError as `conditional` */
  define(cql: string): Promise<void>;
}

/**
 * Opens a connection to one node for `work` and closes it afterwards, whatever happens; nothing is reused or retried.
 * @throws AdapterError effect `none` when no connection comes about
 */
export async function withConnection<T>(
  target: CassandraTarget,
  endpoint: Endpoint,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  guardDriver();
  const address = await resolveHost(endpoint.host, target.resolveAddress, uncommitted);
  const client = new Client(clientOptions(target.config, endpoint, address));
  try {
    await withDeadline(client.connect(), 4 * target.config.connectTimeoutMs);
  } catch (error) {
    close(client);
    throw uncommitted(error);
  }
  try {
    return await work(wrap(client, endpoint, address, target.config.requestTimeoutMs));
  } finally {
    close(client);
  }
}

/** Nothing is waited for: the answer of a dead network to a farewell is not worth it. */
function close(client: Client): void {
  void client.shutdown().catch(() => undefined);
}

async function withDeadline<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new AdapterError(
          "no-answer",
          "none",
          "The node did not answer in time. Nothing was changed in the store.",
        ),
      );
    }, limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function wrap(client: Client, endpoint: Endpoint, address: string, readTimeout: number): Connection {
  return {
    endpoint,
    address,
    async query(cql, consistency) {
      try {
        const result = await client.execute(cql, [], {
          consistency: LEVELS[consistency],
          prepare: false,
          readTimeout,
        });
        return result.rows ?? [];
      } catch (error) {
        throw uncommitted(error);
      }
    },
    async conditional(cql, commit) {
      try {
        const result = await client.execute(cql, [], {
          consistency: LEVELS[commit],
          serialConsistency: types.consistencies.serial,
          isIdempotent: false,
          prepare: false,
          readTimeout,
        });
        return result.rows ?? [];
      } catch (error) {
        throw onConditional(error);
      }
    },
    async define(cql) {
      try {
        await client.execute(cql, [], { isIdempotent: false, prepare: false, readTimeout });
      } catch (error) {
        throw onConditional(error);
      }
    },
  };
}

function clientOptions(
  config: CassandraStoreConfig,
  { host, port }: Endpoint,
  address: string,
): ClientOptions {
  const { user, password, connectTimeoutMs } = config;
  const ssl = tlsOptions(config.tls, host);
  // The driver reads the name of the application, which its types leave out.
  const options: ClientOptions & { readonly applicationName: string } = {
    contactPoints: [isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`],
    ...(user === undefined ? {} : { authProvider: new auth.PlainTextAuthProvider(user, password) }),
    ...(ssl === null ? {} : { sslOptions: ssl }),
    applicationName: APPLICATION_NAME,
    isMetadataSyncEnabled: false,
    encoding: { useBigIntAsLong: true },
    policies: {
      // No other node is contacted behind our back, and none takes over a request.
      loadBalancing: new policies.loadBalancing.AllowListPolicy(
        new policies.loadBalancing.RoundRobinPolicy(),
        [`${address}:${port}`],
      ),
      retry: new policies.retry.FallthroughRetryPolicy(),
      speculativeExecution: new policies.speculativeExecution.NoSpeculativeExecutionPolicy(),
    },
    pooling: { coreConnectionsPerHost: { [types.distance.local]: 1 }, heartBeatInterval: 0, warmup: false },
    protocolOptions: { maxSchemaAgreementWaitSeconds: 30, port },
    queryOptions: { isIdempotent: false, prepare: false, captureStackTrace: false },
    // The second is that of the handshake; every request of ours brings its own.
    socketOptions: { connectTimeout: connectTimeoutMs, readTimeout: connectTimeoutMs, keepAlive: true },
  };
  return options;
}
