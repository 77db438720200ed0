import { find, type Readings, type Role } from "#lib/engine/reading.ts";
import type { Declaration, FreshProbe } from "#lib/engine/step.ts";
import {
  seconds,
  series,
  unreadSubject,
  type Source,
  type StopEvidence,
} from "#lib/runbooks/findings/stop-proof-series.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

/** The source that rests on fresh timestamps, taken by running a step only. */
export const TIMESTAMPS = "timestamps";

/** What stands in place of a verdict while only a fresh timestamp is missing. */
export const ASKED_BY_RUN =
  "Whether anybody takes timestamps from TimeLock is asked when the step is run: two timestamps, a quiet window apart.";

/** The same for the sequence that clients are on: a cluster behind a load balancer may not tell what its nodes have stored. */
export function stillOnTimelock(readings: Readings, sequence: Role): readonly Declaration[] {
  const found = find(readings, "timelock.learned", sequence);
  const unread = found.known ? found.value.state === "unknown" : readings.has(found.key);
  if (!unread) return [];
  const because = found.known ? (found.value.reason ?? "") : found.because;
  return [
    {
      subject: unreadSubject("learned"),
      label:
        "No client of this service is configured for TimeLock and running, as its own administrators can tell.",
      hint: `What TimeLock's nodes have stored for the namespace cannot be read: ${because}`,
    },
  ];
}

/**
 * What TimeLock says about the clients that are on it: its stored bound, which moves once in a million timestamps, and fresh timestamps,
 * which differ by Lockstep's own probes alone while nobody else takes any. Source: runbooks section 1 (stop proof), atlasdb-facts H1
 */
export function sequenceSources(evidence: StopEvidence): readonly Source[] {
  const { sequence } = evidence;
  if (sequence === null) return [];
  return [learned(evidence, sequence), timestamps(evidence), ...lately(evidence, sequence)];
}

/** A probe now would tell something: there is none yet, or the newest one says nothing of now and the window since the first is over. */
export function probeMayBeTaken({ sequence, probes, windowSeconds, now }: StopEvidence): boolean {
  if (sequence === null) return false;
  const run = quietRun(probes);
  return (
    run === null ||
    (seconds(run.since, run.until) < windowSeconds && seconds(run.since, now) >= windowSeconds)
  );
}

function learned(evidence: StopEvidence, sequence: Role): Source {
  return series(
    evidence,
    "learned",
    "TimeLock's stored bound",
    (readings) => {
      const found = find(readings, "timelock.learned", sequence);
      if (!found.known) return found.because;
      const { state, bound, reason } = found.value;
      return state === "unknown" ? (reason ?? "It is not known.") : { mark: `${bound ?? "none"}` };
    },
    (before, after) => evidence.probes.some((probe) => raisedBy(probe, before.mark, after.mark)),
  );
}

/** A timestamp above the stored bound raises it, by at most a buffer above itself. Source: atlasdb-facts A.5 */
function raisedBy({ value }: FreshProbe, before: string, after: string): boolean {
  if (after === "none") return false;
  return (before === "none" || BigInt(before) < value) && BigInt(after) <= value + ALLOCATION_BUFFER;
}

type Run = {
  readonly since: string;
  readonly until: string;
  /** How many timestamps others took right before it; null: a change of the leader hides that, or nothing came before. */
  readonly takenBefore: bigint | null;
};

/** The newest probes between which nobody else took a timestamp, all of one leader; null while there is none. */
function quietRun(probes: readonly FreshProbe[]): Run | null {
  const [newest] = probes;
  if (!newest) return null;
  let first = newest;
  for (const earlier of probes.slice(1)) {
    if (first.leader === null || earlier.leader !== first.leader)
      return { since: first.at, until: newest.at, takenBefore: null };
    const taken = first.value - earlier.value - (first.ownProbes - earlier.ownProbes);
    if (taken > 0n) return { since: first.at, until: newest.at, takenBefore: taken };
    first = earlier;
  }
  return { since: first.at, until: newest.at, takenBefore: null };
}

function timestamps({ probes, windowSeconds, now }: StopEvidence): Source {
  const base = { id: TIMESTAMPS, label: "Timestamps of TimeLock" };
  const run = quietRun(probes);
  if (run === null) {
    const detail = "Lockstep has taken none to compare with. The running of the step takes the first one.";
    return { ...base, level: "unknown", detail, since: null, readAt: null };
  }
  const { since, until, takenBefore } = run;
  const still = seconds(since, until);
  if (takenBefore !== null && seconds(since, now) < windowSeconds) {
    const detail = `Somebody took ${takenBefore} timestamps before the one that Lockstep took ${seconds(since, now)} s ago.`;
    return { ...base, level: "moving", detail, since, readAt: until };
  }
  if (still >= windowSeconds) {
    const detail = `Nobody but Lockstep took any for ${still} s, by two timestamps of one leader.`;
    return { ...base, level: "proven", detail, since, readAt: until };
  }
  const left = Math.max(0, windowSeconds - seconds(since, now));
  const detail =
    left > 0
      ? `Lockstep took one ${seconds(since, now)} s ago. Run the step again in ${left} s: a second one of the same leader shows whether anybody else took any.`
      : "Run the step again: a second timestamp of the same leader shows whether anybody else took any.";
  return { ...base, level: "quiet", detail, since, readAt: until };
}

function lately(evidence: StopEvidence, sequence: Role): readonly Source[] {
  const last = evidence.samples.at(-1);
  const active = last ? find(last.readings, "timelock.active", sequence) : null;
  if (active?.known !== true) return [];
  return [
    {
      id: "active-namespaces",
      label: "Namespaces used lately",
      level: "unknown",
      detail:
        "TimeLock lists what was used in the last six hours, node by node, our own questions included: information, not a proof.",
      since: null,
      readAt: active.reading.readAt,
    },
  ];
}
