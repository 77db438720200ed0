import { type BoundJournal, memoryJournal } from "#lib/sandbox/timelock/bound-journal.ts";
import {
  type ClusterModel,
  type ClusterModelOptions,
  createClusterModel,
} from "#lib/sandbox/timelock/cluster-model.ts";
import type { FastForwardFault, NodeSurroundings } from "#lib/sandbox/timelock/node-answer.ts";
import {
  createNodeListeners,
  type NodeListeners,
  type NodeTls,
} from "#lib/sandbox/timelock/node-listeners.ts";

/**
 * How to build the simulated cluster; everything has a default. `ports` pins the listeners (0: any free one, then kept), `locations` are
 * the addresses that the nodes call themselves in redirects, `basePath` is where production servers serve, `tls` makes them https.
 * `quorumWaitMs` is how long a leader hopes for its quorum; the real one for 7,000 ms and more.
 */
export type SimulatedTimelockOptions = Partial<Omit<ClusterModelOptions, "size" | "nowMs">> & {
  readonly ports?: readonly number[];
  readonly locations?: readonly string[];
  readonly basePath?: string;
  readonly tls?: NodeTls;
};

/** A running simulated TimeLock: three nodes on 127.0.0.1, and what can be done to them. Nodes are counted from 0. */
export type SimulatedTimelock = {
  readonly urls: readonly string[];
  isUp(index: number): boolean;
  /** The node that leads the namespace, null while there is none. Asking changes nothing. */
  leader(namespace: string): number | null;
  /** The newest bound on any disk; null for a namespace that has none. */
  storedBound(namespace: string): bigint | null;
  /** Kills a node: its connections break, and what it had in memory is gone. */
  stopNode(index: number): Promise<void>;
  /** Starts a node again at its old address. */
  startNode(index: number): Promise<void>;
  /** Stops and starts every node. */
  restart(): Promise<void>;
  /** Ends the leader's term while it runs; the next request elects another, whose counter starts at the stored bound. */
  loseLeader(namespace: string): void;
  /** Cuts the nodes off from each other; all stay reachable from outside. */
  loseQuorum(): void;
  regainQuorum(): void;
  /** What shall happen to the next fast-forward that reaches its leader; null: nothing. */
  failNextFastForward(fault: FastForwardFault | null): void;
  /** What still waits for a fast-forward. */
  waitingFault(): FastForwardFault | null;
  /** Stops all nodes. What the journal holds stays. */
  close(): Promise<void>;
};

/**
 * Starts a simulated TimeLock that speaks the real protocol: leader election at the first request, 308 and 503, namespaces made by the
 * first touch, AtlasDB's counters over persistent bounds. What differs from a real one stands in docs/protocols/timelock.md.
 * @throws Error of node:net when a port is taken
 */
export async function startSimulatedTimelock(
  options: SimulatedTimelockOptions = {},
): Promise<SimulatedTimelock> {
  const ports = options.ports ?? [0, 0, 0];
  const model = createClusterModel({
    ...modelDefaults(options.journal ?? memoryJournal()),
    ...modelOptions(options),
    size: ports.length,
  });
  let fault: FastForwardFault | null = null;
  const around: NodeSurroundings = {
    model,
    location: (index) => options.locations?.[index] ?? listeners.url(index),
    takeFault: () => {
      const taken = fault;
      fault = null;
      return taken;
    },
  };
  const listeners = createNodeListeners(around, ports, options.basePath ?? "", options.tls);
  const all = ports.map((_, index) => index);
  await startAll(listeners, all);
  return {
    ...nodeControls(model, listeners, all),
    failNextFastForward: (next) => {
      fault = next;
    },
    waitingFault: () => fault,
  };
}

async function startAll(listeners: NodeListeners, all: readonly number[]): Promise<void> {
  try {
    for (const index of all) await listeners.start(index);
  } catch (error) {
    await Promise.all(all.map(listeners.stop));
    throw error;
  }
}

function nodeControls(
  model: ClusterModel,
  listeners: NodeListeners,
  all: readonly number[],
): Omit<SimulatedTimelock, "failNextFastForward" | "waitingFault"> {
  const stopAll = async (): Promise<void> => void (await Promise.all(all.map(listeners.stop)));
  return {
    urls: all.map(listeners.url),
    isUp: (index) => model.states.at(index).up,
    leader: (namespace) => model.leadership.leader(namespace),
    storedBound: (namespace) => model.states.newest(namespace)?.bound ?? null,
    stopNode: listeners.stop,
    startNode: async (index) => {
      model.leadership.retire(index);
      await listeners.start(index);
    },
    restart: async () => {
      await stopAll();
      for (const index of all) model.leadership.retire(index);
      await startAll(listeners, all);
    },
    loseLeader: (namespace) => model.leadership.stepDown(namespace),
    loseQuorum: () => model.states.setPartitioned(true),
    regainQuorum: () => model.states.setPartitioned(false),
    close: stopAll,
  };
}

function modelDefaults(journal: BoundJournal): Omit<ClusterModelOptions, "size"> {
  return {
    journal,
    leaderMode: "single",
    persister: "paxos",
    clientLimit: 500,
    electionMs: 300,
    leaderCacheMs: 500,
    quorumWaitMs: 2_000,
    nowMs: () => performance.now(),
    pickOther: (others) => others[Math.floor(Math.random() * others.length)] ?? 0,
  };
}

function modelOptions(options: SimulatedTimelockOptions): Partial<ClusterModelOptions> {
  const { ports: _ports, locations: _locations, basePath: _basePath, tls: _tls, ...model } = options;
  return model;
}
