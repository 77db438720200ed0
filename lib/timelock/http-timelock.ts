import { X509Certificate } from "node:crypto";
import type { LookupFunction } from "node:net";
import { createSecureContext } from "node:tls";

import { AdapterError, AppError } from "#lib/errors.ts";
import { clusterHealth } from "#lib/timelock/cluster-health.ts";
import { answered, failedAnswer, type Cluster } from "#lib/timelock/cluster.ts";
import { createExchange, describeCertificate } from "#lib/timelock/exchange.ts";
import { createFreshTimestamps } from "#lib/timelock/fresh-timestamps.ts";
import { createLeaderWalk } from "#lib/timelock/leader-walk.ts";
import { requireFastForwardValue, requireNamespace } from "#lib/timelock/limits.ts";
import { nodeMap } from "#lib/timelock/node-map.ts";
import { surveys } from "#lib/timelock/node-survey.ts";
import type { TimelockConfig } from "#lib/timelock/schema.ts";
import type { Answered, FastForwarded, LeaderTime, Timelock } from "#lib/timelock/timelock.ts";
import { decodeBody, leaderTimeSchema } from "#lib/timelock/wire.ts";

/**
 * What a client takes besides its configuration. `lookup` replaces name resolution: it can pin an address or refuse one by failing
 * with an `AdapterError`, and is asked for literal addresses too. `now` stamps readings.
 */
export type HttpTimelockOptions = { readonly lookup?: LookupFunction; readonly now?: () => Date };

/**
 * A `Timelock` over HTTP. Redirects are never followed by the HTTP layer: a 308 counts only when it names a configured node or alias,
 * and then the same path is asked of that node's configured address. Each request has its own connection, so none outlives a call.
 * @throws AppError `invalid` when the certificates or the key cannot be read
 */
export function createHttpTimelock(config: TimelockConfig, options: HttpTimelockOptions = {}): Timelock {
  requireReadableTls(config);
  const now = options.now ?? (() => new Date());
  const exchange = createExchange(config, options.lookup, now);
  const nodes = nodeMap(config);
  const walk = createLeaderWalk(exchange, nodes, config.timeouts.searchMs);
  const { cert } = config.tls;
  const clientCertificate = cert === undefined ? null : describeCertificate(new X509Certificate(cert));
  const cluster: Cluster = { exchange, walk, nodes, basePath: config.basePath, now, clientCertificate };
  const ping = (namespace: string): Promise<Answered> => pingLeader(cluster, namespace);
  const survey = surveys(cluster);
  return {
    nodes: nodes.addresses,
    freshTimestamps: createFreshTimestamps(cluster, ping),
    fastForward: (namespace, to) => fastForward(cluster, namespace, to),
    ping,
    leaderTime: (namespace) => leaderTime(cluster, namespace),
    ...survey,
    health: (namespace) => clusterHealth(cluster, survey, ping, namespace),
    close: () => exchange.close(),
  };
}

function requireReadableTls(config: TimelockConfig): void {
  const { ca, cert, key } = config.tls;
  try {
    createSecureContext({ ca, cert, key });
    if (cert !== undefined) void new X509Certificate(cert);
  } catch (cause) {
    throw new AppError(
      "invalid",
      "The certificates or the key of the TimeLock cluster cannot be read as PEM.",
      { cause },
    );
  }
}

async function fastForward(cluster: Cluster, namespace: string, to: bigint): Promise<FastForwarded> {
  requireNamespace(namespace);
  requireFastForwardValue(to);
  const what = `a fast-forward of ${namespace} to ${to}`;
  const path = `/${namespace}/timestamp-management/fast-forward?currentTimestamp=${to}`;
  const { answer, unclear } = await cluster.walk.ask(
    namespace,
    { method: "POST", path },
    "unless-sent",
    what,
  );
  if (answer.status !== 204) throw failedAnswer(answer, unclear, what);
  return { ...answered(cluster, answer), to };
}

async function pingLeader(cluster: Cluster, namespace: string): Promise<Answered> {
  requireNamespace(namespace);
  const what = `a ping for ${namespace}`;
  const path = `/${namespace}/timestamp-management/ping`;
  const { answer, unclear } = await cluster.walk.ask(namespace, { method: "GET", path }, "freely", what);
  if (answer.status !== 200) throw failedAnswer(answer, unclear, what);
  if (answer.body.trim() !== "pong" && answer.body.trim() !== '"pong"') {
    throw new AdapterError(
      "not-timelock",
      "none",
      `${answer.address} did not answer ${what} as TimeLock does.`,
    );
  }
  return answered(cluster, answer);
}

async function leaderTime(cluster: Cluster, namespace: string): Promise<LeaderTime> {
  requireNamespace(namespace);
  const what = `a leader time of ${namespace}`;
  const { answer, unclear } = await cluster.walk.ask(
    namespace,
    { method: "POST", path: `/tl/lt/${namespace}` },
    "freely",
    what,
  );
  if (answer.status !== 200) throw failedAnswer(answer, unclear, what);
  const body = decodeBody(leaderTimeSchema, answer.body, what);
  return { ...answered(cluster, answer), leaderId: body.id, time: body.currentTime };
}
