import type { Seen } from "#lib/engine/seen.ts";
import { completeProbe, enterProbe } from "#lib/engine/probe-ledger.ts";
import type { SequenceReading } from "#lib/engine/reading.ts";
import type { SequenceTarget } from "#lib/engine/step.ts";
import { AppError, AdapterError } from "#lib/errors.ts";
import type {
  ClusterHealth,
  LearnedBound,
  NamespaceUnion,
  NodeAnswer,
  Timelock,
} from "#lib/timelock/timelock.ts";

type Plain = Exclude<SequenceReading, "inventory.namespace-users" | "timelock.neighbours">;

/** Reads one thing of a sequence and takes nothing from it. @throws AdapterError what TimeLock threw */
export async function readSequence(timelock: Timelock, target: SequenceTarget, kind: Plain): Promise<Seen> {
  switch (kind) {
    case "timelock.health":
      return healthOf(await timelock.health(target.namespace), target);
    case "timelock.namespaces":
      return namesOf(kind, await timelock.namespaces(), target);
    case "timelock.active":
      return namesOf(kind, await timelock.activeNamespaces(), target);
    case "timelock.learned":
      return learnedOf(await timelock.learnedBound(target.namespace), target);
    case "timelock.servers": {
      const ids = (await timelock.serverIds()).flatMap((one) =>
        one.outcome.ok ? [{ node: one.node, word: one.outcome.value }] : [],
      );
      return { value: { kind, ids }, source: target.label, node: null, raw: null };
    }
  }
}

/**
 * How the namespaces of other services on the same cluster answer. Only those are pinged that a node has stored, so that nothing is created.
 * @throws AdapterError when no node lists its namespaces
 */
export async function readNeighbours(
  timelock: Timelock,
  target: SequenceTarget,
  neighbours: readonly { readonly service: string; readonly namespace: string }[],
): Promise<Seen> {
  const kind = "timelock.neighbours";
  const source = target.label;
  if (neighbours.length === 0) return { value: { kind, answers: [] }, source, node: null, raw: null };
  const { namespaces } = await timelock.namespaces();
  const answers = await Promise.all(
    neighbours.map(async (one) => ({ ...one, ...(await answerOf(timelock, namespaces, one.namespace)) })),
  );
  return { value: { kind, answers }, source, node: null, raw: null };
}

async function answerOf(
  timelock: Timelock,
  namespaces: readonly string[],
  namespace: string,
): Promise<{ readonly answers: boolean; readonly word: string }> {
  if (!namespaces.includes(namespace)) {
    return { answers: false, word: "No node lists the namespace, so it was not asked." };
  }
  try {
    const { node, via } = await timelock.ping(namespace);
    return { answers: true, word: `${node ?? via} answered.` };
  } catch (error) {
    if (error instanceof AdapterError) return { answers: false, word: error.message };
    throw error;
  }
}

/** What a fresh timestamp is taken for, the value it must not lie below, and where TimeLock was just seen to stand. */
export type Taking = {
  readonly floor: bigint | null;
  readonly purpose: string;
  readonly learned: { readonly state: LearnedBound["state"]; readonly bound: bigint | null } | null;
};

function plainLearned(learned: LearnedBound) {
  return { state: learned.state, bound: learned.state === "known" ? learned.bound : null };
}

/**
 * Takes one fresh timestamp: entered in the ledger before it is sent, and not sent at all while TimeLock is known to stand below
 * `floor`, where another sequence could issue the same value. A cluster that keeps its bounds in a database never tells where it
 * stands: there only the timestamp itself can show it.
 * @throws AdapterError what TimeLock threw; AppError `conflict` when it stands too low
 */
export async function takeFresh(timelock: Timelock, target: SequenceTarget, given: Taking): Promise<Seen> {
  const { clusterId, namespace } = target;
  const { floor, purpose } = given;
  const learned = given.learned ?? plainLearned(await timelock.learnedBound(namespace));
  if (learned.state === "absent") {
    throw new AppError(
      "conflict",
      `No timestamp was taken: TimeLock does not know the namespace ${namespace}.`,
    );
  }
  if (learned.bound !== null && floor !== null && learned.bound < floor) {
    throw new AppError(
      "conflict",
      `No timestamp was taken: TimeLock's stored bound ${learned.bound} is below ${floor}, and what it issues now could be issued twice.`,
    );
  }
  const { leaderId } = await timelock.leaderTime(namespace);
  const probe = await enterProbe({ clusterId, namespace }, purpose);
  const fresh = await timelock.freshTimestamps(namespace, 1);
  const ownProbes = await completeProbe(
    probe,
    { clusterId, namespace },
    { value: fresh.last, consumed: fresh.consumedMax, leader: leaderId },
  );
  const { first, last, node, raw } = fresh;
  return {
    value: { kind: "timelock.fresh", first, last, ownProbes, leader: leaderId },
    source: `${target.label}, /tl/ts/${namespace}`,
    node: node ?? fresh.via,
    raw,
  };
}

function healthOf(health: ClusterHealth, target: SequenceTarget): Seen {
  const { leader } = health;
  const leaderNode = leader.state === "known" ? leader.node : null;
  const reason =
    leader.state === "known" ? null : leader.state === "several" ? leader.nodes.join(", ") : leader.reason;
  return {
    value: {
      kind: "timelock.health",
      quorum: health.quorum.state,
      quorumReason: health.quorum.reason,
      leader: leader.state,
      leaderNode,
      leaderReason: reason,
      namespace: health.namespace,
      nodes: health.nodes.map((one) => ({
        node: one.node,
        failure: one.failure?.message ?? null,
        leads: one.leads,
        version: one.version,
        certificateValidTo: one.certificate?.validTo.toISOString() ?? null,
      })),
      clientCertificateValidTo: health.clientCertificate?.validTo.toISOString() ?? null,
    },
    source: target.label,
    node: leaderNode,
    raw: null,
  };
}

function namesOf(
  kind: "timelock.namespaces" | "timelock.active",
  union: NamespaceUnion,
  target: SequenceTarget,
): Seen {
  const failures = union.perNode.flatMap((one) =>
    one.outcome.ok ? [] : [{ node: one.node, ...one.outcome.failure }],
  );
  if (failures.length === union.perNode.length && failures[0]) {
    const { code, effect, message } = failures[0];
    throw new AdapterError(code, effect, message);
  }
  const silent = failures.map(({ node, message }) => ({ node, word: message }));
  return {
    value: { kind, names: [...union.namespaces], majority: union.majority, silent },
    source: target.label,
    node: null,
    raw: null,
  };
}

function learnedOf(learned: LearnedBound, target: SequenceTarget): Seen {
  return {
    value: {
      kind: "timelock.learned",
      state: learned.state,
      bound: learned.state === "known" ? learned.bound : null,
      reason: learned.state === "unknown" ? learned.reason : null,
      nodes: learned.perNode.map((one) => ({ node: one.node, word: learnedWord(one) })),
    },
    source: `${target.label}, stored bound of ${target.namespace}`,
    node: learned.state === "known" ? learned.node : null,
    raw: learned.state === "known" ? learned.raw : null,
  };
}

function learnedWord(answer: NodeAnswer<{ readonly state: string; readonly bound?: bigint }>): string {
  if (!answer.outcome.ok) return answer.outcome.failure.message;
  const { state, bound } = answer.outcome.value;
  return bound === undefined ? state : bound.toString();
}
