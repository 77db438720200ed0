import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

import { auth, Client, type ClientOptions, policies, types } from "cassandra-driver";

import { AdapterError } from "#lib/errors.ts";
import { APPLICATION_NAME, type CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { copyFailure } from "#lib/stores/cassandra/copy-errors.ts";
import { isOrdered } from "#lib/stores/cassandra/partitioner.ts";
import { RAW_CELLS, teachRawCells } from "#lib/stores/cassandra/raw-rows.ts";
import { readSite, withCoordinator } from "#lib/stores/cassandra/site.ts";
import { tlsOptions } from "#lib/stores/cassandra/tls.ts";
import type { Cluster, Replication } from "#lib/stores/cassandra/topology.ts";

/** Requests in flight a connection; the protocol allows 32,768, and our own windows are far below both. */
const REQUESTS_PER_CONNECTION = 2_048;

/** How long a node that is back again may stay unnoticed. */
const RECONNECT_MS_MAX = 5_000;

/** A driver session on all nodes of the local data centre, for reading and writing many cells. Nothing is retried behind our back. */
export type CopySession = {
  readonly client: Client;
  readonly keyspace: string;
  readonly cluster: Cluster;
  /** Whether rows come in the order of their key's bytes; else in the order of Murmur3's tokens. */
  readonly ordered: boolean;
  /** Whether rows that follow one another in key order are on the same nodes, as a rule. */
  readonly neighbours: boolean;
  readonly close: () => Promise<void>;
};

/**
 * Opens a session. The keyspace must exist, and the partitioner be byte-ordered or Murmur3.
 * @throws AdapterError effect `none`; `keyspace-missing`, `partitioner-unsupported`
 */
export async function openCopySession(target: CassandraTarget): Promise<CopySession> {
  const { cluster, replication } = await withCoordinator(target, async (connection, found) =>
    readSite(connection, found, target.config),
  );
  const ordered = isOrdered(cluster.partitioner);
  if (!ordered && !cluster.partitioner.endsWith("Murmur3Partitioner")) {
    throw new AdapterError(
      "partitioner-unsupported",
      "none",
      `The cluster ${cluster.name} uses ${cluster.partitioner}, which neither AtlasDB nor Lockstep's mover works with. Nothing was changed in the store.`,
    );
  }
  teachRawCells();
  const client = new Client(await clientOptions(target));
  try {
    await client.connect();
  } catch (error) {
    void client.shutdown().catch(() => undefined);
    throw copyFailure(error, "none");
  }
  return {
    client,
    keyspace: target.config.keyspace,
    cluster,
    ordered,
    neighbours: ordered || isEverywhere(cluster, replication),
    close: async () => client.shutdown().catch(() => undefined),
  };
}

/** Whether every node holds every row. */
function isEverywhere({ nodes }: Cluster, { factors, perDataCenter }: Replication): boolean {
  const counts = new Map<string, bigint>();
  for (const { dataCenter } of nodes) {
    const place = perDataCenter ? dataCenter : "*";
    counts.set(place, (counts.get(place) ?? 0n) + 1n);
  }
  return [...counts].every(([place, count]) => (factors.get(place) ?? 0n) >= count);
}

async function clientOptions({ config, resolveAddress }: CassandraTarget): Promise<ClientOptions> {
  const { contactPoints, localDataCenter, user, password, connectTimeoutMs, requestTimeoutMs } = config;
  const points = await Promise.all(
    contactPoints.map(async ({ host, port }) => {
      const address = resolveAddress === undefined ? await resolve(host) : await resolveAddress(host);
      return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
    }),
  );
  const [first] = contactPoints;
  // One set of TLS options serves all nodes, so the name to be verified is the first one's, unless one is given for all.
  const ssl = first === undefined ? null : tlsOptions(config.tls, first.host);
  const balancing = new policies.loadBalancing.TokenAwarePolicy(
    new policies.loadBalancing.DCAwareRoundRobinPolicy(localDataCenter),
  );
  const options: ClientOptions & { readonly applicationName: string } = {
    contactPoints: points,
    localDataCenter,
    ...(user === undefined ? {} : { authProvider: new auth.PlainTextAuthProvider(user, password) }),
    ...(ssl === null ? {} : { sslOptions: ssl }),
    applicationName: APPLICATION_NAME,
    encoding: { useBigIntAsLong: true, copyBuffer: false, ...RAW_CELLS },
    policies: {
      // Where addresses are policed, nodes that the cluster names by itself are left alone.
      loadBalancing:
        resolveAddress === undefined
          ? balancing
          : new policies.loadBalancing.AllowListPolicy(balancing, points),
      retry: new policies.retry.FallthroughRetryPolicy(),
      // The driver would wait as long again as a node was away, up to ten minutes.
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(500, RECONNECT_MS_MAX, false),
      speculativeExecution: new policies.speculativeExecution.NoSpeculativeExecutionPolicy(),
    },
    pooling: {
      coreConnectionsPerHost: { [types.distance.local]: 2 },
      maxRequestsPerConnection: REQUESTS_PER_CONNECTION,
    },
    protocolOptions: {
      maxSchemaAgreementWaitSeconds: 120,
      ...(first === undefined ? {} : { port: first.port }),
    },
    queryOptions: { isIdempotent: false, prepare: true, captureStackTrace: false },
    socketOptions: { connectTimeout: connectTimeoutMs, readTimeout: requestTimeoutMs, keepAlive: true },
  };
  return options;
}

async function resolve(host: string): Promise<string> {
  try {
    return isIP(host) === 0 ? (await lookup(host)).address : host;
  } catch (error) {
    throw copyFailure(error, "none");
  }
}
