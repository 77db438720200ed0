import { AdapterError, AppError } from "#lib/errors.ts";
import type { IssuedAtMost, Sequence, StartPair } from "#lib/mover/sequence.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

/** Times that a sequence is raised and asked before it is given up. */
const TRIES = 3;

/** S and C in one answer, so that they come from one leader. */
const PAIR = 2;

/**
 * For whoever counts its own probes: called before so many timestamps may be used up. What it gives is called with the answer; without one
 * nobody knows how many were.
 */
export type CountProbe = (
  namespace: string,
  count: 1 | 2,
) => Promise<(answer: { readonly last: bigint; readonly consumedMax: bigint }) => Promise<void>>;

const UNCOUNTED: CountProbe = async () => async () => undefined;

/** The sequence of a namespace on TimeLock. A namespace that it does not know is created by raising it. Source: atlasdb-facts A.3, A.5, A.6 */
export function timelockSequence(
  timelock: Timelock,
  namespace: string,
  countProbe: CountProbe = UNCOUNTED,
): Sequence {
  return {
    name: `the namespace ${namespace} on TimeLock`,
    issuedAtMost: async () => issuedAtMost(timelock, namespace, countProbe),
    async takeAbove(floor) {
      if (floor > FAST_FORWARD_MAX) throw tooLarge(namespace, floor);
      for (let tries = 0; tries < TRIES; tries += 1) {
        if (floor > 0n) await raise(timelock, namespace, floor);
        const pair = await take(timelock, namespace, countProbe);
        if (pair !== null && pair.start > floor && pair.commit > pair.start) return pair;
      }
      throw new AppError(
        "conflict",
        `The namespace ${namespace} was raised to ${floor} and still issues nothing above it. No cell was copied. Look at the TimeLock cluster: its nodes may not agree.`,
      );
    },
  };
}

/** Source: runbooks section 1 (reading the TimeLock bound) */
async function issuedAtMost(
  timelock: Timelock,
  namespace: string,
  countProbe: CountProbe,
): Promise<IssuedAtMost> {
  const learned = await timelock.learnedBound(namespace);
  switch (learned.state) {
    case "known":
      return {
        value: learned.bound,
        ownProbes: 0n,
        source: `learned by ${learned.node} for the namespace ${namespace}`,
      };
    case "none": {
      const answered = await countProbe(namespace, 1);
      const fresh = await timelock.freshTimestamps(namespace, 1);
      await answered(fresh);
      return {
        value: fresh.last + ALLOCATION_BUFFER,
        ownProbes: fresh.consumedMax,
        source: `a fresh timestamp of the namespace ${namespace} and ${ALLOCATION_BUFFER}, because the cluster keeps no learned values`,
      };
    }
    case "absent":
      throw new AppError(
        "conflict",
        `TimeLock does not know the namespace ${namespace}, so nothing was ever issued there. Nothing was changed. Check the name, and whether this is the right cluster.`,
      );
    case "unknown":
      throw new AdapterError(
        "bound-unknown",
        "none",
        `How far the namespace ${namespace} is cannot be read: ${learned.reason} Nothing was changed.`,
      );
  }
}

/** An answer that was lost does not matter while the cluster can be read: the values taken next show whether it was carried out. */
async function raise(timelock: Timelock, namespace: string, floor: bigint): Promise<void> {
  try {
    await timelock.fastForward(namespace, floor);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.effect === "none") throw error;
    await requireReadable(timelock, namespace, error);
  }
}

async function requireReadable(timelock: Timelock, namespace: string, cause: AdapterError): Promise<void> {
  try {
    await timelock.learnedBound(namespace);
  } catch {
    throw new AdapterError(
      cause.code,
      "unknown",
      `The namespace ${namespace} was to be raised, and neither the answer nor a reading came back: ${cause.message} Being raised does it no harm. Try again when TimeLock answers.`,
      { cause },
    );
  }
}

/** Null when the answer was lost: those values are used up and belong to nobody. */
async function take(
  timelock: Timelock,
  namespace: string,
  countProbe: CountProbe,
): Promise<StartPair | null> {
  const answered = await countProbe(namespace, PAIR);
  try {
    const fresh = await timelock.freshTimestamps(namespace, PAIR);
    await answered(fresh);
    return { start: fresh.first, commit: fresh.last };
  } catch (error) {
    if (error instanceof AdapterError && error.effect === "unknown" && error.code !== "namespace-poisoned")
      return null;
    throw error;
  }
}

function tooLarge(namespace: string, floor: bigint): AppError {
  return new AppError(
    "conflict",
    `The namespace ${namespace} would have to be raised to ${floor}, which leaves too little room below the largest timestamp. Nothing was changed. Look for a wrong value among the readings.`,
  );
}
