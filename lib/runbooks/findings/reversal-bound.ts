import { askedByRun, blocking, pass, unknown, warning, type Finding } from "#lib/engine/finding.ts";
import type { Operation } from "#lib/engine/operation.ts";
import { find, type Readings, type Role, type Values } from "#lib/engine/reading.ts";
import type { Verdict, World } from "#lib/engine/step.ts";
import { witnesses } from "#lib/runbooks/findings/bound.ts";
import { describeBoundState, largestHeld } from "#lib/stores/bound-state.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";
import { ALLOCATION_BUFFER, maxLong } from "#lib/timestamps/long.ts";

/*
 * The bound of a store that a service returns to: what it is set to, the write that sets it, and what proves it. Source: runbooks section 3
 */

/** How far N lies above everything else that is known: room for what nobody can see. */
export const N_MARGIN = 1_000_000n;
/** How far above TS a value may stand before the operator is asked to look at it. Source: atlasdb-facts H6 */
const FAR_ABOVE = 1_000_000_000n;

/** What Lockstep's own write may be made on; anything else is for a person's hand, and is proven by the read-back. */
export function settable(readings: Readings, at: Role): Finding {
  const found = find(readings, "store.bound", at);
  const state = found.known ? found.value.bound.state : null;
  if (state === null) {
    return unknown("settable", "The store's bound could not be read.", {
      detail: found.known ? null : found.because,
      remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
      readings: [`store.bound@${at}`],
    });
  }
  const rests = { readings: [`store.bound@${at}`] };
  if (state.state === "unrecognised") {
    return blocking("settable", `The bound is ${describeBoundState(state)}.`, {
      ...rests,
      detail: "Lockstep writes only where it knows what it writes over.",
      remedy:
        "Set the bound to N by hand as the commands of this step show, and paste what the store says then.",
    });
  }
  return pass("settable", `The bound is ${describeBoundState(state)}.`, rests);
}

/** TimeLock's upper limit of what it may have issued: its stored bound, or a buffer above what it just issued. Source: atlasdb-facts A.5 */
export function timelockLimit(readings: Readings, at: Role): bigint | null {
  const issued = find(readings, "timelock.fresh", at);
  if (!issued.known) return null;
  const learned = find(readings, "timelock.learned", at);
  const stored = learned.known ? learned.value.bound : null;
  return maxLong(issued.value.last + ALLOCATION_BUFFER, stored ?? 0n);
}

/**
 * TS, the fresh timestamp of TimeLock, and N, what the store's bound is set to: above TS, TimeLock's own limit and everything that the store
 * holds, with a margin. Empty while a term is unknown.
 */
export function takeReversal(readings: Readings, store: Role, sequence: Role): Values {
  const issued = find(readings, "timelock.fresh", sequence);
  const bound = find(readings, "store.bound", store);
  const punched = find(readings, "store.punch", store);
  const limit = timelockLimit(readings, sequence);
  if (!issued.known || !bound.known || !punched.known || limit === null) return {};
  const { state, tr } = bound.value.bound;
  const held = largestHeld(state) ?? 0n;
  const seen = witnesses(readings, store).largest ?? 0n;
  const kept = state.state === "invalidated" ? { K: state.kept } : {};
  return { TS: issued.value.last, N: maxLong(limit, held, tr ?? 0n, seen) + N_MARGIN, ...kept };
}

/** N can be taken from what was just read, and is a value that a sequence can live with. */
export function reversalTaken(world: World, store: Role, sequence: Role): Finding {
  const { TS: ts, N: n } = takeReversal(world.readings, store, sequence);
  const issued = find(world.readings, "timelock.fresh", sequence);
  const rests = {
    readings: [
      `timelock.fresh@${sequence}`,
      `timelock.learned@${sequence}`,
      `store.bound@${store}`,
      `store.punch@${store}`,
    ],
  };
  if (ts === undefined || n === undefined) {
    const asked = !issued.known && issued.deferred;
    const title = asked ? "TS and N are taken." : "N cannot be taken: a term of it is not known.";
    const base = unknown("n", title, {
      ...rests,
      detail: issued.known ? null : issued.because,
      remedy: "Mend the connections and read again.",
    });
    return askedByRun(base, asked);
  }
  if (n > FAST_FORWARD_MAX) {
    return blocking("n", `N would be ${n}, too close to the end of all timestamps.`, {
      ...rests,
      detail: "A namespace that was forwarded this far can issue little more anywhere.",
      remedy: "Contact the AtlasDB team before anything is changed.",
    });
  }
  const words = `TS is ${ts}, and N is ${n}.`;
  return n > ts * 2n + FAR_ABOVE
    ? warning("n", words, {
        ...rests,
        detail: "N is far above TS. A bound once set can never be lowered again.",
      })
    : pass("n", words, rests);
}

/** The write that merges a bound in pieces, invalidated as it was; null where it is in one piece, or no rule covers it. */
export function chooseMending(world: World, store: Role): Operation | null {
  const found = find(world.readings, "store.bound", store);
  if (!found.known) return null;
  const { state } = found.value.bound;
  const inPieces = state.state === "several-rows" || state.state === "both";
  return inPieces ? { kind: "store.repair", store, leave: "invalidated" } : null;
}

/** The bound is in one piece, so that the next write can be guarded by one value. */
export function mended(world: World, store: Role): Verdict {
  const found = find(world.readings, "store.read-back", store);
  if (!found.known) return { outcome: "uncertain", because: found.because, findings: [] };
  const { views } = found.value;
  const words = views.map((view) => `${view.view}: ${describeBoundState(view.state)}`).join("; ");
  const whole = views.filter(({ state }) =>
    ["invalidated", "readable", "no-row", "no-row-invalidated", "no-table", "neither"].includes(state.state),
  );
  if (whole.length === views.length)
    return { outcome: "done", because: `A second look says: ${words}.`, findings: [] };
  return whole.length > 0
    ? { outcome: "uncertain", because: `Not all servers agree: ${words}.`, findings: [] }
    : { outcome: "not-applied", because: `The bound is still in pieces: ${words}.`, findings: [] };
}

/** The write that makes the bound readable with N; null where it is so already. */
export function chooseSetting(world: World, store: Role): Operation | null {
  const found = find(world.readings, "store.bound", store);
  const state = found.known ? found.value.bound.state : null;
  if (state?.state === "readable" && state.bound === world.values.N) return null;
  return { kind: "store.restore", store, to: "N" };
}

/** Nothing that was read since lies above N less its margin: N still covers everything. */
export function nHolds(world: World, store: Role, sequence: Role): Finding {
  const { N: n } = world.values;
  const bound = find(world.readings, "store.bound", store);
  const rests = {
    readings: [`store.bound@${store}`, `store.punch@${store}`, `timelock.learned@${sequence}`],
  };
  if (n === undefined || !bound.known) {
    return unknown("n-holds", "Whether N still covers everything is not known.", {
      ...rests,
      detail: bound.known ? "N has not been taken." : bound.because,
      remedy: "Read the store again.",
    });
  }
  const { state, tr } = bound.value.bound;
  // N itself is what this migration has written, and what it has kept if that was undone.
  const own = largestHeld(state) === n;
  const learned = find(world.readings, "timelock.learned", sequence);
  const largest = maxLong(
    own ? 0n : (largestHeld(state) ?? 0n),
    tr ?? 0n,
    witnesses(world.readings, store).largest ?? 0n,
    learned.known ? (learned.value.bound ?? 0n) : 0n,
  );
  return largest + N_MARGIN <= n
    ? pass("n-holds", `Nothing that is known comes near N ${n}; the largest is ${largest}.`, rests)
    : blocking("n-holds", `${largest} was read, too close to N ${n}.`, {
        ...rests,
        detail: "A client ran after N was taken, or somebody changed the store.",
        remedy: "Find it and stop it, then take TS and N again: that step can be reopened.",
      });
}

/** The bound is readable with N in every place where AtlasDB may read it, over new connections, and nothing is kept beside it. */
export function setToN(world: World, store: Role): Verdict {
  const found = find(world.readings, "store.read-back", store);
  if (!found.known) return { outcome: "uncertain", because: found.because, findings: [] };
  const { views } = found.value;
  const { N: n } = world.values;
  const words = views.map((view) => `${view.view}: ${describeBoundState(view.state)}`).join("; ");
  const holds = views.filter(({ state }) => state.state === "readable" && state.bound === n);
  if (holds.length === views.length)
    return { outcome: "done", because: `A second look says: ${words}.`, findings: [] };
  return holds.length > 0
    ? { outcome: "uncertain", because: `Not all servers agree: ${words}.`, findings: [] }
    : { outcome: "not-applied", because: `The bound is not N ${n ?? ""}: ${words}.`, findings: [] };
}

/** The same as a condition. */
export function provenN(world: World, store: Role): Finding {
  const found = find(world.readings, "store.read-back", store);
  const rests = { readings: [`store.read-back@${store}`] };
  if (!found.known) {
    return unknown("bound-n", "Whether the bound is N could not be read.", {
      ...rests,
      detail: found.because,
      remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
    });
  }
  const { outcome, because } = setToN(world, store);
  return outcome === "done"
    ? pass("bound-n", `The bound is N, readable, as AtlasDB reads it. ${because}`, rests)
    : blocking("bound-n", "The bound is not readable with N everywhere.", {
        ...rests,
        detail: because,
        remedy: "Start no client. Undo the step before, and set the bound again.",
      });
}

/** Undoing is safe as long as nobody has started on the bound: it is exactly N. */
export function untouchedN(world: World, store: Role): Finding {
  const found = find(world.readings, "store.bound", store);
  const { N: n } = world.values;
  const rests = { readings: [`store.bound@${store}`] };
  if (!found.known) {
    return unknown("untouched", "The store's bound could not be read.", {
      ...rests,
      detail: found.because,
      remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
    });
  }
  const { state } = found.value.bound;
  return state.state === "readable" && state.bound === n
    ? pass("untouched", `The bound is still N ${n}: no node has started on it.`, rests)
    : blocking("untouched", `The bound is ${describeBoundState(state)}, not N ${n ?? ""}.`, {
        ...rests,
        detail: "A node has started on it, or somebody changed it.",
        remedy: "From here the way is forward: finish, or move to TimeLock again afterwards.",
      });
}

/** The bound is invalid again with N kept, everywhere. */
export function withdrawn(world: World, store: Role): Verdict {
  const found = find(world.readings, "store.read-back", store);
  if (!found.known) return { outcome: "uncertain", because: found.because, findings: [] };
  const { views } = found.value;
  const words = views.map((view) => `${view.view}: ${describeBoundState(view.state)}`).join("; ");
  const holds = views.filter(({ state }) => state.state === "invalidated" && state.kept === world.values.N);
  if (holds.length === views.length)
    return { outcome: "done", because: `A second look says: ${words}.`, findings: [] };
  return holds.length > 0
    ? { outcome: "uncertain", because: `Not all servers agree: ${words}.`, findings: [] }
    : { outcome: "not-applied", because: `The bound is not invalid: ${words}.`, findings: [] };
}

/** The one node has allocated: its first timestamp above N raised the bound by a buffer. Source: atlasdb-facts A.5 */
export function boundAdvanced(world: World, store: Role): Finding {
  const found = find(world.readings, "store.bound", store);
  const rests = { readings: [`store.bound@${store}`] };
  const { N: n } = world.values;
  const state = found.known ? found.value.bound.state : null;
  if (state === null || n === undefined) {
    return unknown("advanced", "Whether the node has started on the bound is not known.", {
      ...rests,
      detail: found.known ? "N has not been taken." : found.because,
      remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
    });
  }
  const least = n + ALLOCATION_BUFFER;
  if (state.state === "readable" && state.bound > least) {
    return pass("advanced", `The node started above N: the bound is ${state.bound}, above ${least}.`, rests);
  }
  if (state.state === "readable" && state.bound === n) {
    return blocking("advanced", `No node has allocated from the bound yet: it is still N ${n}.`, {
      ...rests,
      remedy: "Start the one node with its new files, or look why it does not start; then try again.",
    });
  }
  return blocking("advanced", `The bound is ${describeBoundState(state)}, which no node makes of N ${n}.`, {
    ...rests,
    detail:
      "A node with a timelock block invalidates the bound at its start, and a bound at or below N was written by somebody else.",
    remedy: "Stop all clients at once. Find the node with the old files, and contact the AtlasDB team.",
  });
}

/** The bound stays readable at or above N: nobody has invalidated it again. */
export function boundReadable(world: World, store: Role): Finding {
  const found = find(world.readings, "store.bound", store);
  const rests = { readings: [`store.bound@${store}`] };
  if (!found.known) {
    return unknown("still-readable", "Whether the store's bound is still readable is not known.", {
      ...rests,
      detail: found.because,
      remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
    });
  }
  const { state } = found.value.bound;
  return state.state === "readable" && state.bound >= (world.values.N ?? 0n)
    ? pass("still-readable", `The store's bound is ${describeBoundState(state)}.`, rests)
    : blocking("still-readable", `The store's bound is ${describeBoundState(state)}.`, {
        ...rests,
        detail:
          "A node that still has its timelock block has started: it invalidates the bound and takes timestamps from TimeLock.",
        remedy: "Stop all clients at once. Find the node with the old files, and contact the AtlasDB team.",
      });
}
