import { rmSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import type { SandboxFault, SandboxFaultState, SandboxNodeView } from "#lib/rehearsal/schema.ts";
import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { fileJournal } from "#lib/sandbox/timelock/bound-journal.ts";

/** The sandbox's TimeLock: three nodes whose ports and bounds outlive the process, with the faults that a person can arm. */
export interface LabTimelock {
  urls(): readonly string[];
  nodes(): readonly SandboxNodeView[];
  hasQuorum(): boolean;
  boundOf(namespace: string): bigint | null;
  faults(): readonly SandboxFaultState[];
  /** @throws AppError `not-found` for a node that is none */
  startNode(node: string): Promise<void>;
  /** @throws AppError `not-found` for a node that is none */
  stopNode(node: string): Promise<void>;
  setFault(fault: SandboxFault): void;
  clearFault(fault: SandboxFault): void;
  /** Forgets every namespace, clears all faults and starts all nodes. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const NODES = ["tl-1", "tl-2", "tl-3"] as const;
const portNumber = z.coerce.number().int();
const JOURNAL_FILE = "timelock.json";

/** All namespaces have one leader, so any name will do to ask for it. */
const ANY_NAMESPACE = "orders";

const FAST_FORWARD_FAULTS = {
  "lose-fast-forward-request": "request-lost",
  "lose-fast-forward-answer": "answer-lost",
  "late-fast-forward-answer": "answer-late",
  "leader-lost-during-fast-forward": "leader-lost-after",
} as const;

/** Starts the nodes at `ports`, or at any free ones where those are taken. */
export async function startLabTimelock(folder: string, ports: readonly number[]): Promise<LabTimelock> {
  const journal = path.join(folder, JOURNAL_FILE);
  let cluster = await startCluster(journal, ports);
  let quorum = true;
  const indexOf = (node: string) => {
    const index = NODES.findIndex((name) => name === node);
    if (index < 0) throw new AppError("not-found", `The sandbox's TimeLock has no node ${node}.`);
    return index;
  };
  return {
    urls: () => cluster.urls,
    nodes: () =>
      NODES.map((id, index) => ({
        id,
        url: cluster.urls[index] ?? "",
        up: cluster.isUp(index),
        leads: cluster.isUp(index) && cluster.leader(ANY_NAMESPACE) === index,
      })),
    hasQuorum: () => quorum && NODES.filter((_, index) => cluster.isUp(index)).length >= 2,
    boundOf: (namespace) => cluster.storedBound(namespace),
    faults: () => faultStates(cluster, quorum),
    startNode: async (node) => cluster.startNode(indexOf(node)),
    stopNode: async (node) => cluster.stopNode(indexOf(node)),
    setFault: (fault) => {
      if (fault === "quorum-lost") {
        quorum = false;
        cluster.loseQuorum();
      } else if (fault === "leader-lost") cluster.loseLeader(ANY_NAMESPACE);
      else cluster.failNextFastForward(FAST_FORWARD_FAULTS[fault]);
    },
    clearFault: (fault) => {
      if (fault === "quorum-lost") {
        quorum = true;
        cluster.regainQuorum();
      } else if (fault !== "leader-lost") cluster.failNextFastForward(null);
    },
    reset: async () => {
      const before = cluster.urls.map(portOf);
      await cluster.close();
      rmSync(journal, { force: true });
      cluster = await startCluster(journal, before);
      quorum = true;
    },
    close: async () => cluster.close(),
  };
}

/** The port of a node's address. */
export function portOf(url: string): number {
  return portNumber.parse(new URL(url).port);
}

async function startCluster(journal: string, ports: readonly number[]): Promise<SimulatedTimelock> {
  const options = { journal: fileJournal(journal) };
  try {
    return await startSimulatedTimelock({ ...options, ports });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    return startSimulatedTimelock({ ...options, ports: NODES.map(() => 0) });
  }
}

function faultStates(cluster: SimulatedTimelock, quorum: boolean): readonly SandboxFaultState[] {
  const waiting = cluster.waitingFault();
  const onFastForward = (fault: keyof typeof FAST_FORWARD_FAULTS): SandboxFaultState => ({
    fault,
    armed: waiting === FAST_FORWARD_FAULTS[fault],
    momentary: false,
  });
  return [
    { fault: "leader-lost", armed: false, momentary: true },
    { fault: "quorum-lost", armed: !quorum, momentary: false },
    onFastForward("leader-lost-during-fast-forward"),
    onFastForward("lose-fast-forward-request"),
    onFastForward("lose-fast-forward-answer"),
    onFastForward("late-fast-forward-answer"),
  ];
}
