import { randomUUID } from "node:crypto";

import { AdapterError, type Effect } from "#lib/errors.ts";
import { POISONED_CURE } from "#lib/timelock/fresh-timestamps.ts";
import { requireFastForwardValue, requireFreshCount, requireNamespace } from "#lib/timelock/limits.ts";
import type {
  Answered,
  ClusterHealth,
  FreshTimestamps,
  LearnedBound,
  NamespaceUnion,
  NodeAnswer,
  NodeHealth,
  NodeLearned,
  Timelock,
  TimelockErrorCode,
} from "#lib/timelock/timelock.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

/** A call of the port that a fault can be laid on. */
export type FaultyCall = "freshTimestamps" | "fastForward" | "ping" | "leaderTime";

/** What tests do to the fake behind the port's back. */
export type FakeControl = {
  /** Carries out the next such call, then fails it as a time-out: the answer is lost, the effect is not. */
  loseNextAnswer(call: FaultyCall): void;
  /** Fails the next such call without carrying it out. */
  failNext(call: FaultyCall, code: TimelockErrorCode, effect: Effect): void;
  /** Another node leads: every counter starts again at its stored bound. */
  changeLeader(): void;
  loseQuorum(): void;
  regainQuorum(): void;
  /** Makes a namespace fail whenever it is asked for a timestamp, until the leader changes. */
  poison(namespace: string): void;
  /** Issues timestamps to somebody else, as a running client would get them; the last of them. */
  allocateElsewhere(namespace: string, count: number): bigint;
  /** The stored bound; null for a namespace that has none. */
  storedBound(namespace: string): bigint | null;
};

/** A `Timelock` in memory, and the handle that disturbs it. */
export type FakeTimelock = { readonly timelock: Timelock; readonly control: FakeControl };

type Sequence = { counter: bigint; bound: bigint; round: bigint; poisoned: boolean };
type Fault = { readonly kind: "lost" } | { readonly kind: "failed"; readonly error: AdapterError };
type State = {
  readonly nodes: readonly string[];
  readonly sequences: Map<string, Sequence>;
  readonly faults: Map<FaultyCall, Fault>;
  readonly now: () => Date;
  leader: number;
  leaderId: string;
  quorum: boolean;
  closed: boolean;
};

/** Makes a fake cluster of three nodes. It keeps AtlasDB's counter rules: bound before value, 1,000,000 above, bound + 1 after a leader change. */
export function createFakeTimelock(now: () => Date = () => new Date()): FakeTimelock {
  const nodes = [1, 2, 3].map((index) => `https://timelock-${index}.test:8421`);
  const state: State = {
    nodes,
    sequences: new Map(),
    faults: new Map(),
    now,
    leader: 0,
    leaderId: randomUUID(),
    quorum: true,
    closed: false,
  };
  return { timelock: fakePort(state), control: fakeControl(state) };
}

function fakePort(state: State): Timelock {
  return {
    nodes: state.nodes,
    freshTimestamps: async (namespace, count) => {
      requireNamespace(namespace);
      requireFreshCount(count);
      return onLeader(state, "freshTimestamps", namespace, (sequence) =>
        issue(state, namespace, sequence, count),
      );
    },
    fastForward: async (namespace, to) => {
      requireNamespace(namespace);
      requireFastForwardValue(to);
      return onLeader(state, "fastForward", namespace, (sequence) => {
        advance(sequence, to);
        return { ...answered(state, ""), to };
      });
    },
    ping: async (namespace) => {
      requireNamespace(namespace);
      return onLeader(state, "ping", namespace, () => answered(state, "pong"));
    },
    leaderTime: async (namespace) => {
      requireNamespace(namespace);
      const time = process.hrtime.bigint();
      const raw = `{"id":"${state.leaderId}","currentTime":${time}}`;
      return onLeader(state, "leaderTime", namespace, () => ({
        ...answered(state, raw),
        leaderId: state.leaderId,
        time,
      }));
    },
    namespaces: async () => union(state),
    activeNamespaces: async () => union(state),
    learnedBound: async (namespace) => {
      requireNamespace(namespace);
      return learned(state, namespace);
    },
    health: async (namespace) => {
      if (namespace !== null) requireNamespace(namespace);
      return health(state, namespace);
    },
    serverIds: async () => perNode(state, state.leaderId, `"${state.leaderId}"`),
    close: async () => {
      state.closed = true;
    },
  };
}

function fakeControl(state: State): FakeControl {
  return {
    loseNextAnswer: (call) => void state.faults.set(call, { kind: "lost" }),
    failNext: (call, code, effect) => {
      state.faults.set(call, {
        kind: "failed",
        error: new AdapterError(code, effect, `The fake failed as ${code}.`),
      });
    },
    changeLeader: () => {
      state.leader = (state.leader + 1) % state.nodes.length;
      state.leaderId = randomUUID();
      for (const sequence of state.sequences.values()) {
        sequence.counter = sequence.bound;
        sequence.poisoned = false;
      }
    },
    loseQuorum: () => {
      state.quorum = false;
    },
    regainQuorum: () => {
      state.quorum = true;
    },
    poison: (namespace) => {
      sequenceOf(state, namespace).poisoned = true;
    },
    allocateElsewhere: (namespace, count) => {
      const sequence = sequenceOf(state, namespace);
      advance(sequence, sequence.counter + BigInt(count));
      return sequence.counter;
    },
    storedBound: (namespace) => {
      const sequence = state.sequences.get(namespace);
      return sequence === undefined || sequence.round < 0n ? null : sequence.bound;
    },
  };
}

function onLeader<T>(state: State, call: FaultyCall, namespace: string, work: (sequence: Sequence) => T): T {
  requireOpen(state);
  const fault = state.faults.get(call);
  state.faults.delete(call);
  if (fault?.kind === "failed") throw fault.error;
  if (!state.quorum) throw new AdapterError("no-leader", "unknown", "The fake cluster has lost its quorum.");
  const result = work(sequenceOf(state, namespace));
  if (fault?.kind === "lost")
    throw new AdapterError("time-out", "unknown", "The fake carried it out and lost the answer.");
  return result;
}

function requireOpen(state: State): void {
  if (state.closed)
    throw new AdapterError("closed", "none", "Nothing was sent: this connection to TimeLock was closed.");
}

function sequenceOf(state: State, namespace: string): Sequence {
  const existing = state.sequences.get(namespace) ?? { counter: 0n, bound: 0n, round: -1n, poisoned: false };
  state.sequences.set(namespace, existing);
  return existing;
}

function advance(sequence: Sequence, to: bigint): void {
  if (to > sequence.counter) sequence.counter = to;
  if (to <= sequence.bound) return;
  sequence.bound = to + ALLOCATION_BUFFER;
  sequence.round += 1n;
}

function issue(state: State, namespace: string, sequence: Sequence, count: number): FreshTimestamps {
  if (sequence.poisoned) {
    throw new AdapterError(
      "namespace-poisoned",
      "unknown",
      `The leader of ${namespace} cannot issue. ${POISONED_CURE}`,
    );
  }
  const first = sequence.counter + 1n;
  const last = sequence.counter + BigInt(count);
  advance(sequence, last);
  const raw = `{"inclusiveLower":${first},"inclusiveUpper":${last}}`;
  return { ...answered(state, raw), first, last, consumedMax: BigInt(count) };
}

function answered(state: State, raw: string): Answered {
  const node = state.nodes[state.leader] ?? "";
  return { node, via: node, takenAt: state.now(), raw };
}

function perNode<T>(state: State, value: T, raw: string): NodeAnswer<T>[] {
  requireOpen(state);
  return state.nodes.map((node) => ({ node, takenAt: state.now(), outcome: { ok: true, value, raw } }));
}

function union(state: State): NamespaceUnion {
  const namespaces = [...state.sequences.keys()].toSorted();
  return {
    namespaces,
    majority: true,
    perNode: perNode(state, namespaces, JSON.stringify(namespaces)),
    takenAt: state.now(),
  };
}

function learned(state: State, namespace: string): LearnedBound {
  const sequence = state.sequences.get(namespace);
  const common = { takenAt: state.now() };
  if (sequence === undefined) {
    return {
      ...common,
      state: "absent",
      perNode: perNode<NodeLearned>(state, { state: "namespace-unknown" }, "[]"),
    };
  }
  if (sequence.round < 0n)
    return { ...common, state: "none", perNode: perNode<NodeLearned>(state, { state: "nothing" }, "") };
  const { bound, round } = sequence;
  const raw = `{"leaderUUID":"${state.leaderId}","round":${round},"data":"${base64(bound)}"}`;
  const node = state.nodes[0] ?? "";
  return {
    ...common,
    state: "known",
    bound,
    node,
    raw,
    perNode: perNode<NodeLearned>(state, { state: "value", bound, round }, raw),
  };
}

function base64(bound: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(bound);
  return bytes.toString("base64");
}

function health(state: State, namespace: string | null): ClusterHealth {
  const nodes = state.nodes.map((node, index): NodeHealth => ({
    node,
    takenAt: state.now(),
    elapsedMs: 0,
    failure: null,
    leads: state.quorum && index === state.leader,
    version: "0.0.0",
    serverId: state.leaderId,
    certificate: null,
  }));
  const exists = namespace !== null && state.sequences.has(namespace);
  const lost = { state: "lost", reason: "the fake cluster has lost its quorum" } as const;
  return {
    takenAt: state.now(),
    nodes,
    quorum: state.quorum ? { state: exists ? "proven" : "likely", reason: "the fake is well" } : lost,
    leader: state.quorum
      ? { state: "known", node: state.nodes[state.leader] ?? null }
      : { state: "none", reason: lost.reason },
    namespace: namespace === null ? "not-asked" : exists ? "exists" : "absent",
    clientCertificate: null,
  };
}
