import type { BoundJournal, LearnedValue } from "#lib/sandbox/timelock/bound-journal.ts";
import { createLeadership, type LeaderMode, type Leadership } from "#lib/sandbox/timelock/leadership.ts";
import { createNodeStates, type NodeStates } from "#lib/sandbox/timelock/node-states.ts";
import { createPersistentCounter, type PersistentCounter } from "#lib/sandbox/timelock/persistent-counter.ts";

/** How a simulated cluster is built; times in milliseconds. `pickOther` chooses where a node without a hint points to. */
export type ClusterModelOptions = {
  readonly size: number;
  readonly journal: BoundJournal;
  readonly leaderMode: LeaderMode;
  readonly persister: "paxos" | "database";
  readonly clientLimit: number;
  readonly electionMs: number;
  readonly leaderCacheMs: number;
  readonly quorumWaitMs: number;
  readonly nowMs: () => number;
  readonly pickOther: (others: readonly number[]) => number;
};

/** A node's place for one request: it leads and here is the counter, or it points elsewhere (`hint`: the leader as far as it knows). */
export type Standing =
  | { readonly leads: true; readonly counter: PersistentCounter }
  | { readonly leads: false; readonly hint: number | null };

/** The cluster without any HTTP: what each node would answer, and what an operator can do to it. */
export type ClusterModel = {
  readonly options: ClusterModelOptions;
  readonly states: NodeStates;
  readonly leadership: Leadership;
  /** Waits while a leader has lost its quorum; calls an election where nobody leads. */
  standing(index: number, namespace: string): Promise<Standing>;
  /** Notes a use of a namespace; false when the node already has as many clients as it takes. */
  admit(index: number, namespace: string): boolean;
  active(index: number): readonly string[];
  listed(index: number): readonly string[];
  /** The node's own newest value. As on a real node the question makes the namespace known to it. */
  learned(index: number, namespace: string): LearnedValue | null;
  /** Drops what the node holds in memory for the namespaces, so that it starts again at the stored bound. */
  forget(index: number, namespaces: readonly string[]): void;
};

const ACTIVE_MS = 6 * 60 * 60 * 1_000;
const DATABASE_INITIAL_BOUND = 10_000n;
const QUORUM_POLL_MS = 20;
const FILE_NAME_MAX = 255;
const HIDDEN_NAMESPACE = "leaderPaxos";

const isShown = (namespace: string): boolean => namespace !== HIDDEN_NAMESPACE;

/** Builds the model on what the journal holds; every node is down until started. */
export function createClusterModel(options: ClusterModelOptions): ClusterModel {
  const states = createNodeStates(options.size, options.journal);
  const leadership = createLeadership(states, options.leaderMode, options);
  return {
    options,
    states,
    leadership,
    standing: (index, namespace) => standing(options, states, leadership, index, namespace),
    admit: (index, namespace) => {
      const { usedAtMs, services } = states.at(index);
      usedAtMs.set(namespace, options.nowMs());
      if (!services.has(namespace) && services.size >= options.clientLimit) return false;
      services.add(namespace);
      return true;
    },
    active: (index) => {
      const since = options.nowMs() - ACTIVE_MS;
      const used = Array.from(states.at(index).usedAtMs).filter(([, usedAtMs]) => usedAtMs >= since);
      return used.map(([namespace]) => namespace).filter(isShown);
    },
    listed: (index) => Array.from(states.at(index).records.keys()).filter(isShown),
    learned: (index, namespace) => {
      const { records } = states.at(index);
      if (!records.has(namespace)) records.set(namespace, null);
      return options.persister === "database" ? null : (records.get(namespace) ?? null);
    },
    forget: (index, namespaces) => {
      const { counters, services } = states.at(index);
      for (const namespace of namespaces) {
        counters.delete(namespace);
        services.delete(namespace);
      }
    },
  };
}

async function standing(
  options: ClusterModelOptions,
  states: NodeStates,
  leadership: Leadership,
  index: number,
  namespace: string,
): Promise<Standing> {
  if (namespace.length > FILE_NAME_MAX) return { leads: false, hint: null };
  const leader = leadership.leader(namespace);
  if (leader === null) leadership.call(namespace, index);
  if (leader !== index) return { leads: false, hint: leader };
  if (!(await keepsQuorum(options, states))) {
    leadership.stepDown(namespace);
    return { leads: false, hint: null };
  }
  if (leadership.leader(namespace) !== index) return { leads: false, hint: null };
  return { leads: true, counter: counterOf(options, states, index, namespace) };
}

async function keepsQuorum(options: ClusterModelOptions, states: NodeStates): Promise<boolean> {
  const endsAtMs = options.nowMs() + options.quorumWaitMs;
  while (!states.hasQuorum() && options.nowMs() < endsAtMs) {
    await new Promise((resolve) => setTimeout(resolve, QUORUM_POLL_MS));
  }
  return states.hasQuorum();
}

function counterOf(
  options: ClusterModelOptions,
  states: NodeStates,
  index: number,
  namespace: string,
): PersistentCounter {
  const node = states.at(index);
  const existing = node.counters.get(namespace);
  if (existing !== undefined) return existing;
  const store = (bound: bigint): boolean => {
    if (!states.hasQuorum()) return false;
    states.learn(namespace, {
      round: (states.newest(namespace)?.round ?? -1n) + 1n,
      bound,
      proposer: node.leaderId,
    });
    return true;
  };
  if (!node.records.has(namespace)) states.learn(namespace, states.newest(namespace));
  if (options.persister === "database" && states.newest(namespace) === null) store(DATABASE_INITIAL_BOUND);
  const created = createPersistentCounter(states.newest(namespace)?.bound ?? 0n, store);
  node.counters.set(namespace, created);
  return created;
}
