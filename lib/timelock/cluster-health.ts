import { AdapterError } from "#lib/errors.ts";
import { answerError, asFailure } from "#lib/timelock/answer-error.ts";
import type { Cluster } from "#lib/timelock/cluster.ts";
import type { WireAnswer, WireRequest } from "#lib/timelock/exchange.ts";
import { requireNamespace } from "#lib/timelock/limits.ts";
import { managementAnswer } from "#lib/timelock/node-question.ts";
import { KNOWN_BASE_PATHS } from "#lib/timelock/schema.ts";
import type {
  Answered,
  ClusterHealth,
  NamespaceUnion,
  NodeHealth,
  TimelockFailure,
} from "#lib/timelock/timelock.ts";
import { decodeBody, leaderPingSchema, namespaceListSchema, serverIdSchema } from "#lib/timelock/wire.ts";

const LISTING: WireRequest = { method: "POST", path: "/tl/management/getNamespaces" };
const LEADER_PING: WireRequest = { method: "GET", path: "/leader/pingV2" };
const OLD_SERVER_PROBE: WireRequest = {
  method: "GET",
  path: "/.internal/multiLeaderPaxos/.batch/leader/uuid",
};

type Quorum = ClusterHealth["quorum"];
type Leader = ClusterHealth["leader"];
type Ping = (namespace: string) => Promise<Answered>;

/** Makes `Timelock.health`. The namespace is pinged only when a node lists it, so that health never creates one. */
export async function clusterHealth(
  cluster: Cluster,
  survey: { namespaces(): Promise<NamespaceUnion> },
  ping: Ping,
  namespace: string | null,
): Promise<ClusterHealth> {
  if (namespace !== null) requireNamespace(namespace);
  const [nodes, listed] = await Promise.all([
    Promise.all(cluster.nodes.addresses.map((address) => nodeHealth(cluster, address))),
    namespace === null ? null : survey.namespaces(),
  ]);
  const common = { takenAt: cluster.now(), nodes, clientCertificate: cluster.clientCertificate };
  if (namespace === null || listed === null)
    return { ...common, ...seenFromNodes(cluster, nodes), namespace: "not-asked" };
  if (!listed.namespaces.includes(namespace)) {
    return { ...common, ...seenFromNodes(cluster, nodes), namespace: listed.majority ? "absent" : "unknown" };
  }
  return { ...common, ...(await seenFromPing(ping, namespace)), namespace: "exists" };
}

async function seenFromPing(ping: Ping, namespace: string): Promise<{ quorum: Quorum; leader: Leader }> {
  try {
    const { node } = await ping(namespace);
    return {
      quorum: { state: "proven", reason: `the leader of ${namespace} answered, which needs a majority` },
      leader: { state: "known", node },
    };
  } catch (error) {
    const { code, message } = asFailure(error);
    const state = code === "no-leader" ? "lost" : "unknown";
    return {
      quorum: { state, reason: message },
      leader: { state: state === "lost" ? "none" : "unknown", reason: message },
    };
  }
}

function seenFromNodes(cluster: Cluster, nodes: readonly NodeHealth[]): { quorum: Quorum; leader: Leader } {
  const up = nodes.filter((node) => node.failure === null);
  const leading = up.filter((node) => node.leads === true).map((node) => node.node);
  const { majority, behindBalancer } = cluster.nodes;
  return {
    quorum: quorumFromNodes(up.length, nodes.length, majority, behindBalancer),
    leader: leaderFromNodes(up, leading, behindBalancer),
  };
}

function quorumFromNodes(up: number, all: number, majority: number, behindBalancer: boolean): Quorum {
  if (up < majority)
    return { state: "lost", reason: `${up} of ${all} nodes answer, and ${majority} are needed` };
  if (behindBalancer)
    return { state: "unknown", reason: "behind a load balancer the nodes cannot be counted" };
  return {
    state: "likely",
    reason: `${up} of ${all} nodes answer; a ping of a namespace that exists would prove it`,
  };
}

function leaderFromNodes(
  up: readonly NodeHealth[],
  leading: readonly string[],
  behindBalancer: boolean,
): Leader {
  const [only, another] = leading;
  if (only !== undefined && another === undefined)
    return { state: "known", node: behindBalancer ? null : only };
  if (another !== undefined) return { state: "several", nodes: leading };
  if (up.length === 0) return { state: "unknown", reason: "no node answers" };
  return up.every((node) => node.leads === false)
    ? {
        state: "none",
        reason: "every node says that it does not lead",
      }
    : { state: "unknown", reason: "the nodes do not say; each namespace may have its own leader" };
}

async function nodeHealth(cluster: Cluster, address: string): Promise<NodeHealth> {
  const started = performance.now();
  const first = await listingOrFailure(cluster, address);
  const base = { node: address, certificate: first.certificate };
  if (first.failure !== null) {
    return {
      ...base,
      ...stamp(cluster, started),
      failure: first.failure,
      leads: null,
      version: null,
      serverId: null,
    };
  }
  const [leads, id] = await Promise.all([
    leaderPing(cluster, address),
    managementAnswer(cluster, address, "getServerLifecycleId", serverIdSchema),
  ]);
  const serverId = id.outcome.ok ? id.outcome.value : null;
  return { ...base, ...stamp(cluster, started), failure: null, ...leads, serverId };
}

function stamp(cluster: Cluster, started: number): { takenAt: Date; elapsedMs: number } {
  return { takenAt: cluster.now(), elapsedMs: Math.round(performance.now() - started) };
}

type Reached = { readonly failure: TimelockFailure | null; readonly certificate: WireAnswer["certificate"] };

async function listingOrFailure(cluster: Cluster, address: string): Promise<Reached> {
  let certificate: WireAnswer["certificate"] = null;
  try {
    const answer = await cluster.exchange.send(address, LISTING);
    certificate = answer.certificate;
    if (answer.status === 404) return { failure: await explainNotFound(cluster, address), certificate };
    if (answer.status !== 200) throw answerError(answer, "a health check");
    requireListing(answer);
    return { failure: null, certificate };
  } catch (error) {
    return { failure: asFailure(error), certificate };
  }
}

function requireListing(answer: WireAnswer): void {
  try {
    decodeBody(namespaceListSchema, answer.body, "a health check");
  } catch (cause) {
    throw new AdapterError("not-timelock", "none", `${answer.address} answers, but not as TimeLock does.`, {
      cause,
    });
  }
}

/** A server without the listing is older if it knows leader election; else the base path is wrong, or it is something else. */
async function explainNotFound(cluster: Cluster, address: string): Promise<TimelockFailure | null> {
  for (const probe of [LEADER_PING, OLD_SERVER_PROBE]) {
    const answer = await cluster.exchange.send(address, probe);
    if (answer.status === 200) return null;
  }
  for (const basePath of KNOWN_BASE_PATHS.filter((path) => path !== cluster.basePath)) {
    const answer = await cluster.exchange.send(address, { ...LISTING, basePath });
    if (answer.status !== 200 && answer.status !== 401) continue;
    const words = `${address} answers under the base path "${basePath}", not under "${cluster.basePath}".`;
    return { code: "wrong-base-path", effect: "none", message: words };
  }
  const words = `${address} answers 404 under the base path "${cluster.basePath}": the base path is wrong, or it is not TimeLock.`;
  return { code: "wrong-base-path", effect: "none", message: words };
}

async function leaderPing(
  cluster: Cluster,
  address: string,
): Promise<{ leads: boolean | null; version: string | null }> {
  try {
    const answer = await cluster.exchange.send(address, LEADER_PING);
    if (answer.status !== 200) return { leads: null, version: null };
    const { isLeader, timeLockVersion } = decodeBody(leaderPingSchema, answer.body, "a leader ping");
    return { leads: isLeader, version: timeLockVersion ?? null };
  } catch (error) {
    void asFailure(error);
    return { leads: null, version: null };
  }
}
