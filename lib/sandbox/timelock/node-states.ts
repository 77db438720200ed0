import { randomUUID } from "node:crypto";

import type { BoundJournal, LearnedValue } from "#lib/sandbox/timelock/bound-journal.ts";
import type { PersistentCounter } from "#lib/sandbox/timelock/persistent-counter.ts";

/** One simulated node: what a restart loses, and its disk in `records`. */
export type NodeState = {
  readonly up: boolean;
  readonly stoppedAtMs: number;
  readonly processId: string;
  readonly leaderId: string;
  readonly records: Map<string, LearnedValue | null>;
  readonly counters: Map<string, PersistentCounter>;
  readonly services: Set<string>;
  readonly usedAtMs: Map<string, number>;
};

/** The nodes of a simulated cluster, their disks, and who can reach whom. */
export type NodeStates = {
  readonly majority: number;
  /** @throws RangeError for an index that is no node */
  at(index: number): NodeState;
  hasQuorum(): boolean;
  /** Cuts the nodes off from each other, or lets them meet again; clients reach all of them as before. */
  setPartitioned(value: boolean): void;
  start(index: number): void;
  stop(index: number, nowMs: number): void;
  /** Learns a value, or only the namespace, on every node that is up, and returns when the disks have it. */
  learn(namespace: string, value: LearnedValue | null): void;
  /** The value of the highest round on any disk: what a majority agrees on. */
  newest(namespace: string): LearnedValue | null;
};

/** Builds the nodes from their disks; all are down until started. */
export function createNodeStates(size: number, journal: BoundJournal): NodeStates {
  const saved = journal.load();
  const nodes = Array.from({ length: size }, (_, index) => stopped(new Map(saved[index] ?? []), 0));
  const majority = Math.floor(size / 2) + 1;
  let partitioned = false;

  function at(index: number): NodeState {
    const node = nodes[index];
    if (node === undefined) throw new RangeError(`the simulated cluster has no node ${index}`);
    return node;
  }

  return {
    majority,
    at,
    hasQuorum: () => !partitioned && nodes.filter((node) => node.up).length >= majority,
    setPartitioned: (value) => {
      partitioned = value;
    },
    start: (index) => {
      nodes[index] = { ...stopped(at(index).records, 0), up: true };
    },
    stop: (index, nowMs) => {
      nodes[index] = stopped(at(index).records, nowMs);
    },
    learn: (namespace, value) => {
      for (const node of nodes) if (node.up) node.records.set(namespace, value);
      journal.save(nodes.map((node) => node.records));
    },
    newest: (namespace) => {
      const values = nodes.flatMap((node) => node.records.get(namespace) ?? []);
      return values.reduce<LearnedValue | null>(
        (best, one) => (best === null || one.round > best.round ? one : best),
        null,
      );
    },
  };
}

function stopped(records: Map<string, LearnedValue | null>, stoppedAtMs: number): NodeState {
  return {
    up: false,
    stoppedAtMs,
    processId: randomUUID(),
    leaderId: randomUUID(),
    records,
    counters: new Map(),
    services: new Set(),
    usedAtMs: new Map(),
  };
}
