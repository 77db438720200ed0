import type { NodeStates } from "#lib/sandbox/timelock/node-states.ts";

/** One leader for all namespaces, or one each. */
export type LeaderMode = "single" | "per-namespace";

/** Times of leadership in milliseconds: how long an election takes, and how long a dead leader is still pointed at. */
export type LeadershipTimes = {
  readonly electionMs: number;
  readonly leaderCacheMs: number;
  readonly nowMs: () => number;
};

/** Who leads which namespace. There is no leader until a first request calls for one. */
export type Leadership = {
  /** The leader as the others believe it: a dead one for a short while after its end, null while there is none. */
  leader(namespace: string): number | null;
  /** Starts an election that this node will win if there is a majority at its end. */
  call(namespace: string, candidate: number): void;
  /** Ends the leader's term; what it held in memory is gone. */
  stepDown(namespace: string): void;
  /** Ends every term of a node. */
  retire(index: number): void;
};

/** Builds the elections over the nodes. Source: atlasdb-facts A.4, atlasdb-observed (TimeLock: election, failover) */
export function createLeadership(states: NodeStates, mode: LeaderMode, times: LeadershipTimes): Leadership {
  const leaders = new Map<string, number>();
  const elections = new Map<string, { readonly candidate: number; readonly endsAtMs: number }>();
  const keyOf = (namespace: string): string => (mode === "single" ? "" : namespace);

  function drop(key: string): void {
    const leader = leaders.get(key);
    leaders.delete(key);
    if (leader === undefined) return;
    if (mode === "single") states.at(leader).counters.clear();
    else states.at(leader).counters.delete(key);
  }

  function conclude(key: string): void {
    const election = elections.get(key);
    if (election === undefined || times.nowMs() < election.endsAtMs) return;
    elections.delete(key);
    if (states.at(election.candidate).up && states.hasQuorum()) leaders.set(key, election.candidate);
  }

  return {
    leader: (namespace) => {
      const key = keyOf(namespace);
      conclude(key);
      const leader = leaders.get(key);
      if (leader === undefined) return null;
      const { up, stoppedAtMs } = states.at(leader);
      if (up || times.nowMs() - stoppedAtMs < times.leaderCacheMs) return leader;
      drop(key);
      return null;
    },
    call: (namespace, candidate) => {
      const key = keyOf(namespace);
      if (elections.has(key) || !states.hasQuorum()) return;
      elections.set(key, { candidate, endsAtMs: times.nowMs() + times.electionMs });
    },
    stepDown: (namespace) => drop(keyOf(namespace)),
    retire: (index) => {
      for (const [key, leader] of leaders) if (leader === index) drop(key);
    },
  };
}
