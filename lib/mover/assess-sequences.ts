import { attestable, blocking, type Finding, pass, unknown, warning } from "#lib/engine/finding.ts";
import type { NewestEntry } from "#lib/mover/newest-entry.ts";
import { describeBoundState, INITIAL_BOUND } from "#lib/stores/bound-state.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";
import { ALLOCATION_BUFFER, maxLong } from "#lib/timestamps/long.ts";

/** What stands in a new store once its first client has taken a value. Source: atlasdb-facts 0.3, A.5 */
const YOUNG_BOUND = INITIAL_BOUND + 1n + ALLOCATION_BUFFER;

/** How far above everything else a sequence may stand before the operator is asked to look at it. Source: atlasdb-facts H6 */
const FAR_ABOVE = 1_000_000_000n;

/** Where a side takes its timestamps, as read without taking any. `bound`: what a majority of nodes has learned. */
export type SequenceReading =
  | { readonly kind: "embedded" }
  | {
      readonly kind: "timelock";
      readonly namespace: string;
      readonly state: "known" | "none" | "absent" | "unknown";
      readonly bound: bigint | null;
      readonly reason: string | null;
    };

/** One side's timestamps: its sequence, the bound in its store, and what the store holds that was issued once. */
export type SideTimes = {
  readonly name: string;
  readonly sequence: SequenceReading;
  readonly bound: BoundState;
  /** The newest punch, and the client's clock at it. */
  readonly punch: { readonly timestamp: bigint; readonly wallMillis: bigint | null } | null;
  readonly entry: NewestEntry;
};

/** X as far as it is known before the clients are stopped; null where it is not. */
export function sourceBound({ sequence, bound }: SideTimes): bigint | null {
  if (sequence.kind === "timelock") return sequence.bound;
  return bound.state === "readable" ? bound.bound : null;
}

function newestOf({ punch, entry }: SideTimes): bigint {
  return maxLong(
    punch?.timestamp ?? 0n,
    ...(entry.state === "known" ? [entry.start, entry.commit ?? 0n] : []),
  );
}

/** Whether the source's sequence is readable, the right one, and has room above it. Source: runbooks section 1 (values that are wrong) */
export function judgeSourceSequence(side: SideTimes): Finding {
  const id = "move.source-sequence";
  const unreadable =
    side.sequence.kind === "timelock" ? timelockProblem(id, side) : embeddedProblem(id, side);
  if (unreadable !== null) return unreadable;
  const at = sourceBound(side);
  if (at === null) {
    return pass(id, "The source's TimeLock keeps no learned values", {
      detail: "A fresh timestamp and 1,000,000 stand for them when the clients are stopped.",
    });
  }
  const newest = newestOf(side);
  if (newest > at) {
    return blocking(id, "The source holds larger timestamps than its sequence", {
      detail: `The sequence stands at ${at}, and the store holds ${newest}.`,
      remedy:
        "Check which TimeLock, namespace or store the service really uses. If it is this one, its sequence went backwards, and raising it comes before any move.",
    });
  }
  const odd = oddValue(id, side, at, newest);
  if (odd !== null) return odd;
  return pass(id, `The source's sequence stands at ${at}`);
}

/** Values that are themselves wrong. Source: runbooks section 1, atlasdb-facts 0.3, 0.5, H6 */
function oddValue(id: string, { sequence }: SideTimes, at: bigint, newest: bigint): Finding | null {
  if (at <= 0n) {
    return blocking(id, `The source's sequence stands at ${at}, which is no timestamp`, {
      remedy:
        "Find out who wrote this value and what stood there before; do not start any client until then.",
    });
  }
  const isYoung = newest > INITIAL_BOUND && at === YOUNG_BOUND;
  if (sequence.kind === "embedded" && newest > 0n && !isYoung && [INITIAL_BOUND, YOUNG_BOUND].includes(at)) {
    return blocking(id, `The bound ${at} is what AtlasDB writes into a new store, but the source has data`, {
      detail: `The newest value in the data is ${newest}. The timestamp table was probably dropped or emptied, and a client began anew.`,
      remedy:
        "Timestamps may have been issued twice. Stop all clients, find the last bound in a backup, and contact the AtlasDB team.",
    });
  }
  if (at > FAST_FORWARD_MAX) {
    return blocking(id, "The source's sequence leaves too little room", {
      detail: `It stands at ${at}, and the destination's would have to be raised above that.`,
      remedy:
        "Look for a wrong value among the readings; no sequence comes near the largest timestamp by itself.",
    });
  }
  if (newest > 0n && at > newest * 2n + FAR_ABOVE) {
    return warning(id, `The source's sequence stands at ${at}, far above everything in the store`, {
      detail: `The newest value in the data is ${newest}. A sequence that was raised can never be lowered again, in the destination neither.`,
    });
  }
  return null;
}

function embeddedProblem(id: string, { bound, name }: SideTimes): Finding | null {
  if (bound.state === "readable") return null;
  return blocking(id, "The source's bound does not tell which timestamps were issued", {
    detail: `The bound of ${name} is ${describeBoundState(bound)}.`,
    remedy:
      "If the service takes its timestamps from TimeLock, give the configuration with its timelock block. Otherwise repair the bound first.",
  });
}

function timelockProblem(id: string, { sequence, name }: SideTimes): Finding | null {
  if (sequence.kind !== "timelock") return null;
  if (sequence.state === "absent") {
    return blocking(id, `TimeLock does not know the source's namespace ${sequence.namespace}`, {
      detail: `Nothing was ever issued there, so ${name} was not written with it.`,
      remedy: "Check the name of the namespace, and whether this is the service's cluster.",
    });
  }
  if (sequence.state !== "unknown") return null;
  return unknown(id, `How far the source's namespace ${sequence.namespace} is cannot be read`, {
    detail: sequence.reason,
    remedy: "Make a majority of the TimeLock nodes reachable, then assess again.",
  });
}

/** Whether a client would start on the destination as it is configured. Source: atlasdb-facts B.4, C, D.1 */
export function judgeDestinationSequence(side: SideTimes): readonly Finding[] {
  const id = "move.destination-bound";
  const { sequence, bound, name } = side;
  const words = describeBoundState(bound);
  if (bound.state === "neither" || bound.state === "both" || bound.state === "several-rows") {
    return [
      blocking(id, "No client could start on the destination", {
        detail: `The bound of ${name} is ${words}.`,
        remedy: "Repair the destination's bound first, then assess again.",
      }),
    ];
  }
  if (bound.state === "unrecognised") {
    return [
      blocking(id, "The destination's timestamp table is not AtlasDB's", {
        detail: `The bound of ${name} is ${words}.`,
        remedy: "Check that this is the right store and table prefix.",
      }),
    ];
  }
  if (sequence.kind === "embedded") return [judgeEmbedded(id, side)];
  return [judgeBesideTimelock(id, side), judgeNamespace(sequence)];
}

function judgeEmbedded(id: string, { bound, name }: SideTimes): Finding {
  switch (bound.state) {
    case "readable":
      if (bound.bound <= 0n || bound.bound > FAST_FORWARD_MAX) {
        return blocking(id, `The destination's bound ${bound.bound} is no timestamp that can be raised`, {
          remedy: "Find out who wrote this value. A pristine destination is the safest way out.",
        });
      }
      return pass(id, `The destination's bound is readable with ${bound.bound}`);
    case "no-row":
    case "no-table":
      return pass(id, "The destination has no bound yet", {
        detail: "It is made with C as its value when the timestamps are taken.",
      });
    default:
      return blocking(id, "No client without TimeLock could start on the destination", {
        detail: `The bound of ${name} is ${describeBoundState(bound)}, as a service on TimeLock leaves it.`,
        remedy:
          "If the service will use TimeLock there, give the configuration with its timelock block. Otherwise restore the bound first.",
      });
  }
}

function judgeBesideTimelock(id: string, { bound }: SideTimes): Finding {
  if (bound.state !== "readable") return pass(id, "A client with TimeLock can start on the destination");
  return warning(id, `The destination's own bound is readable with ${bound.bound}`, {
    detail:
      "A client without a timelock block could start there beside TimeLock. AtlasDB 0.253.2 and later invalidates it when the first client starts with TimeLock; for an older one invalidate it before.",
  });
}

function judgeNamespace(sequence: Extract<SequenceReading, { kind: "timelock" }>): Finding {
  const id = "move.destination-namespace";
  const { namespace, state, bound, reason } = sequence;
  switch (state) {
    case "known":
      return pass(id, `The destination's namespace ${namespace} stands at ${bound ?? 0n}`);
    case "none":
      return pass(id, `The destination's namespace ${namespace} is there`, {
        detail: "Its nodes keep no learned value of it.",
      });
    case "absent":
      return attestable(
        unknown(id, `TimeLock does not know the destination's namespace ${namespace}`, {
          detail:
            "It is created by raising it above the source. A name with a typing error would be created as well.",
          remedy: "Check the name of the namespace, and whether this is the right cluster.",
        }),
        `The namespace ${namespace} is new and is meant to be created`,
      );
    case "unknown":
      return unknown(id, `How far the destination's namespace ${namespace} is cannot be read`, {
        detail: reason,
        remedy: "Make a majority of the TimeLock nodes reachable, then assess again.",
      });
  }
}

/** Entries at or above S would pass for those of later transactions. S is taken above all that are known. Source: atlasdb-facts G.7 */
export function judgeNewestStart({ entry }: SideTimes, x: bigint | null): Finding {
  const id = "move.newest-start";
  if (entry.state === "none") return pass(id, "The destination holds no transactions");
  if (entry.state === "unknown") {
    return unknown(id, "The destination's newest transaction cannot be read", {
      detail: entry.because,
      remedy:
        "S must be above it. Choose a pristine destination, or drop its transactions tables if its data is to go anyway.",
    });
  }
  if (entry.start >= FAST_FORWARD_MAX) {
    return blocking(id, "The destination holds an impossible start timestamp", {
      detail: `Its newest transaction starts at ${entry.start}, and S would have to be above it.`,
      remedy: "Choose a pristine destination, or drop its transactions tables if its data is to go anyway.",
    });
  }
  if (x !== null && entry.start <= x)
    return pass(id, `The destination's transactions end at ${entry.start}, below S`);
  return warning(id, `The destination's transactions end at ${entry.start}, above the source's sequence`, {
    detail:
      "S is taken above both. The destination was used with another sequence before: make sure that it is the right store.",
  });
}

/** A punch so young means that a service runs: it punches about once a minute. Source: atlasdb-facts F.4 */
const RUNNING_MS = 10 * 60_000;

/** Whether a service seems to run on the store that is about to be overwritten. `readAt`: the store's clock, ISO 8601. */
export function judgeUse({ punch, name }: SideTimes, readAt: string): readonly Finding[] {
  const at = punch?.wallMillis;
  if (at === undefined || at === null) return [];
  const ageMs = BigInt(Date.parse(readAt)) - at;
  if (ageMs < -RUNNING_MS || ageMs > RUNNING_MS) return [];
  return [
    attestable(
      unknown("move.destination-use", "A service may be running on the destination", {
        detail: `${name} got a new punch less than ten minutes ago.`,
        remedy:
          "Check that source and destination are not swapped, and stop whatever runs on the destination.",
      }),
      "Nothing that is needed runs on the destination",
    ),
  ];
}
