import { attestable, blocking, pass, unknown, warning, type Finding } from "#lib/engine/finding.ts";
import { find, type Readings, type Role } from "#lib/engine/reading.ts";
import {
  describeBoundState,
  embeddedStart,
  INITIAL_BOUND,
  largestHeld,
  sameBoundState,
} from "#lib/stores/bound-state.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";
import { ALLOCATION_BUFFER, maxLong } from "#lib/timestamps/long.ts";

/** How far above everything else a bound may stand before the operator is asked to look at it. Source: atlasdb-facts H6 */
const FAR_ABOVE = 1_000_000_000n;

/** What the store shows besides its bound: the newest values that were surely issued. Null where it shows none. */
export type Witnesses = {
  readonly punch: bigint | null;
  readonly transaction: bigint | null;
  readonly largest: bigint | null;
};

/** The newest punch and transaction that the readings show; null also while they are not known. */
export function witnesses(readings: Readings, at: Role): Witnesses {
  const punched = find(readings, "store.punch", at);
  const newest = punched.known ? punched.value.punch.newest : null;
  const punch = newest?.found === "punch" ? newest.timestamp : null;
  const marked = find(readings, "store.transactions", at);
  const mark = marked.known ? marked.value.mark : null;
  const ends = [mark?.newestStart ?? null, mark?.newestCommit ?? null].filter((one) => one !== null);
  const transaction = ends[0] === undefined ? null : maxLong(ends[0], ...ends.slice(1));
  const all = [punch, transaction].filter((one) => one !== null);
  return { punch, transaction, largest: all[0] === undefined ? null : maxLong(all[0], ...all.slice(1)) };
}

/** Says that a bound is not known, and how it can be. */
export function unreadBound({ because, key }: { readonly because: string; readonly key: string }): Finding {
  return unknown("bound-state", "The store's bound could not be read.", {
    detail: because,
    remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
    readings: [key],
  });
}

/** The state of the bound as a start state of a migration to TimeLock: each has a path, and the finding says which. */
export function startState(readings: Readings, at: Role, sequence: Role): readonly Finding[] {
  const found = find(readings, "store.bound", at);
  const fetched = find(readings, "store.fetched", at);
  if (!found.known && fetched.known) {
    return [
      warning(
        "bound-state",
        `AtlasDB's command line fetched ${fetched.value.timestamp}; Lockstep could not read the bound itself.`,
        {
          detail: `${found.because} The fetch raised the stored bound by about ${ALLOCATION_BUFFER}; every earlier reading of it is void.`,
          readings: [fetched.reading.key],
        },
      ),
    ];
  }
  if (!found.known) return [unreadBound(found)];
  const { state, tr } = found.value.bound;
  const rests = { readings: [found.reading.key] };
  const findings = [stateFinding(state, rests), ...valueFindings(state, readings, at, sequence)];
  if (tr !== null && state.state !== "neither") {
    findings.push(
      warning("bound-tr", "A backup stands where the documents put it and AtlasDB does not look.", {
        ...rests,
        detail: `Column tr holds ${tr}. It counts towards TS.`,
      }),
    );
  }
  return findings;
}

function stateFinding(state: BoundState, rests: { readonly readings: readonly string[] }): Finding {
  const words = `The bound is ${describeBoundState(state)}.`;
  switch (state.state) {
    case "readable":
      return pass("bound-state", words, rests);
    case "invalidated":
      return warning("bound-state", words, {
        ...rests,
        detail:
          "The automated migrator or a person has invalidated it already. This migration adopts that: TS is the kept value, and what was done is proven instead of done again.",
      });
    case "no-row":
    case "no-table":
      return warning("bound-state", words, {
        ...rests,
        detail: `An embedded client that starts now would begin at ${INITIAL_BOUND + 1n}. There is no value to carry; the invalidation closes this door.`,
      });
    case "no-row-invalidated":
      return warning("bound-state", words, {
        ...rests,
        detail: "There is no value to carry. The service has been using TimeLock since it was born.",
      });
    case "several-rows":
    case "both":
      return warning("bound-state", words, {
        ...rests,
        detail:
          "TS is the largest of the values. The step that invalidates the bound repairs it in the same guarded write: one row, one column, the largest value, left invalidated.",
      });
    case "neither":
      return state.tr === null
        ? blocking("bound-state", words, {
            ...rests,
            detail: "No value can be read, so TS is not known and clients can start on neither side.",
            remedy:
              "Find the last bound in a backup or in the service's logs and contact the AtlasDB team; then restore it by hand and open the migration again.",
          })
        : warning("bound-state", words, {
            ...rests,
            detail:
              "TS is the backup. The step that invalidates the bound puts the backup where AtlasDB looks for it.",
          });
    case "unrecognised":
      return blocking("bound-state", words, {
        ...rests,
        detail: "AtlasDB writes nothing of this shape, so nothing here may be changed by rule.",
        remedy: "Check table prefix and schema of the store in the inventory; this may be another table.",
      });
  }
}

/** Values that are themselves wrong, with the likely cause. Source: runbooks section 1, atlasdb-facts 0.3, 0.5, A.6, H6, H17 */
function valueFindings(state: BoundState, readings: Readings, at: Role, sequence: Role): Finding[] {
  const rests = { readings: [`store.bound@${at}`, `store.punch@${at}`, `store.transactions@${at}`] };
  const held = largestHeld(state);
  const seen = witnesses(readings, at);
  if (held === null) return lostRow(state, seen, rests);
  if (held <= 0n) {
    return [
      blocking("bound-value", `The bound ${held} is not a timestamp.`, {
        ...rests,
        detail:
          "AtlasDB issues no timestamp below 1. Somebody wrote this value by hand, perhaps to invalidate the store.",
        remedy: "Find out who wrote it and what stood there before; do not start any client until then.",
      }),
    ];
  }
  if (held > FAST_FORWARD_MAX) {
    return [
      blocking("bound-value", `The bound ${held} is too close to the end of all timestamps.`, {
        ...rests,
        detail: `A fast-forward above ${FAST_FORWARD_MAX} breaks the namespace: every request for it fails, or it can issue nothing after its next restart.`,
        remedy: "Somebody probably wrote Long.MAX to invalidate the store. Find the true bound in a backup.",
      }),
    ];
  }
  const running = runsOnTimelock(state, seen, readings, sequence);
  if (running !== null) return [running];
  return [
    ...behindWitnesses(held, seen, rests),
    ...freshStore(held, seen, rests),
    ...farAbove(held, seen, rests),
  ];
}

/** An invalid bound below the data is as it should be where TimeLock, standing above the data, has served the service since. */
function runsOnTimelock(
  state: BoundState,
  seen: Witnesses,
  readings: Readings,
  sequence: Role,
): Finding | null {
  if (state.state !== "invalidated" || seen.largest === null || seen.largest <= state.kept) return null;
  const learned = find(readings, "timelock.learned", sequence);
  const stands = learned.known ? learned.value.bound : null;
  if (stands === null || stands < seen.largest) return null;
  return warning(
    "bound-witness",
    `The service already runs on TimeLock: the store shows ${seen.largest}, TimeLock stands at ${stands}.`,
    {
      detail: `It kept ${state.kept} when it was invalidated. TS is the newest value in the store.`,
      readings: [`timelock.learned@${sequence}`],
    },
  );
}

function behindWitnesses(
  held: bigint,
  seen: Witnesses,
  rests: { readonly readings: readonly string[] },
): Finding[] {
  if (seen.largest === null) return [];
  const name = seen.largest === seen.punch ? "punched timestamp" : "transaction";
  if (held >= seen.largest) {
    return [
      pass(
        "bound-witness",
        `The bound is at or above the newest ${name} in the store, ${seen.largest}.`,
        rests,
      ),
    ];
  }
  return [
    blocking(
      "bound-witness",
      `The bound ${held} lies below the newest ${name} in the store, ${seen.largest}.`,
      {
        ...rests,
        detail:
          "A bound is never below what was issued. Likely causes: this is the bound of another prefix or schema; the table was emptied and a client started anew; the store was restored from a backup without its data; or the service already takes its timestamps elsewhere.",
        remedy:
          "Check table prefix and schema, and where the service takes its timestamps now. Do not go on with this value.",
      },
    ),
  ];
}

function freshStore(
  held: bigint,
  seen: Witnesses,
  rests: { readonly readings: readonly string[] },
): Finding[] {
  const initial = held === INITIAL_BOUND || held === INITIAL_BOUND + 1n + ALLOCATION_BUFFER;
  if (!initial || seen.largest === null) return [];
  if (held !== INITIAL_BOUND && seen.largest > INITIAL_BOUND && seen.largest <= held) return [];
  return [
    blocking(
      "bound-initial",
      `The bound ${held} is what AtlasDB writes into a new store, but this store has data.`,
      {
        ...rests,
        detail: `The newest value in the data is ${seen.largest}. The timestamp table was probably dropped or emptied, and an embedded client began anew at ${INITIAL_BOUND + 1n}.`,
        remedy:
          "Timestamps may have been issued twice. Stop all clients, find the last bound in a backup, and contact the AtlasDB team.",
      },
    ),
  ];
}

function farAbove(held: bigint, seen: Witnesses, rests: { readonly readings: readonly string[] }): Finding[] {
  if (seen.largest === null || held <= seen.largest * 2n + FAR_ABOVE) return [];
  return [
    warning("bound-far", `The bound ${held} is far above everything else in the store.`, {
      ...rests,
      detail: `The newest value in the data is ${seen.largest}. A value once forwarded to can never be lowered again.`,
    }),
  ];
}

function lostRow(
  state: BoundState,
  seen: Witnesses,
  rests: { readonly readings: readonly string[] },
): Finding[] {
  if (state.state === "neither" || state.state === "unrecognised") return [];
  if (seen.largest === null) return [nothingHeld(state, rests)];
  if (embeddedStart(state) === "fails") return [];
  return [
    attestable(
      blocking("bound-lost", `The store has data up to ${seen.largest}, but no bound.`, {
        ...rests,
        detail:
          "The row was deleted or the table emptied. What was issued above the newest punch and transaction left no trace here.",
        remedy: `Look for the last bound in a backup. If it is not above ${seen.largest + ALLOCATION_BUFFER}, declare that, and TS becomes ${seen.largest + ALLOCATION_BUFFER}.`,
      }),
      `No timestamp above ${seen.largest + ALLOCATION_BUFFER} was ever issued to this service.`,
      "Known from a backup of the timestamp table or from the service's own logs.",
    ),
  ];
}

/** A service that never ran and a store that is not the service's look the same; only people know which it is. */
function nothingHeld(state: BoundState, rests: { readonly readings: readonly string[] }): Finding {
  if (state.state !== "no-row" && state.state !== "no-table")
    return pass("bound-value", "The store has no bound and no data: there is nothing to carry.", rests);
  return attestable(
    unknown(
      "bound-value",
      "The store has no bound and no data. Either the service never ran, or this is not its store.",
      {
        ...rests,
        detail:
          "A wrong database, schema or table prefix looks the same. TS would be 0, and TimeLock would issue again what the service was issued elsewhere.",
        remedy:
          "Compare database, schema and table prefix with the service's keyValueService block. If the service has never run, declare it.",
      },
    ),
    "This service has never run: no timestamp was ever issued to it.",
    "Database, schema and table prefix were compared with the keyValueService block of its install file.",
  );
}

/**
 * What the new sequence must exceed: the maximum of every value that the store holds as bound or backup, of `tr`, of the newest punch
 * and of the newest transaction; without a row, a buffer above what the data shows; 0 where there is nothing to carry. Null while a term is unknown.
 */
export function takeTs(readings: Readings, at: Role): bigint | null {
  const found = find(readings, "store.bound", at);
  const punched = find(readings, "store.punch", at);
  const fetched = find(readings, "store.fetched", at);
  const pasted = fetched.known ? fetched.value.timestamp : 0n;
  if (!found.known && fetched.known) return maxLong(pasted, witnesses(readings, at).largest ?? 0n);
  if (!found.known || !punched.known) return null;
  const { state, tr } = found.value.bound;
  const seen = witnesses(readings, at);
  const held = largestHeld(state);
  const lost = held === null && embeddedStart(state) === "creates-initial" ? seen.largest : null;
  const carried = lost === null ? (seen.largest ?? 0n) : lost + ALLOCATION_BUFFER;
  return maxLong(carried, held ?? 0n, tr ?? 0n, pasted);
}

/** The bound was read twice over separate connections, and both times it was the same. */
export function readTwice(readings: Readings, at: Role): Finding {
  const first = find(readings, "store.bound", at);
  const second = find(readings, "store.read-back", at);
  const keys = [`store.bound@${at}`, `store.read-back@${at}`];
  const fetched = find(readings, "store.fetched", at);
  if (!first.known && fetched.known) {
    return warning("bound-twice", "The bound was not read twice: a pasted fetch stands in for it.", {
      readings: [fetched.reading.key],
    });
  }
  if (!first.known || !second.known) {
    return unknown("bound-twice", "The bound could not be read twice.", {
      detail: first.known ? (second.known ? null : second.because) : first.because,
      remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
      readings: keys,
    });
  }
  const equal = second.value.views.every((view) => sameBoundState(view.state, first.value.bound.state));
  return equal
    ? pass("bound-twice", "Two readings over separate connections agree.", { readings: keys })
    : blocking("bound-twice", "Two readings of the bound differ.", {
        detail: second.value.views
          .map((view) => `${view.view}: ${describeBoundState(view.state)}`)
          .join("; "),
        remedy:
          "Somebody is writing it, or not all servers agree. Find the client that still runs, then read again.",
        readings: keys,
      });
}

/** Nothing that the store shows has passed TS since it was taken. */
export function nothingAbove(id: string, ts: bigint | undefined, readings: Readings, at: Role): Finding {
  const keys = [`store.bound@${at}`, `store.punch@${at}`];
  const now = takeTs(readings, at);
  if (ts === undefined || now === null) {
    return unknown(id, "It cannot be told whether anything was issued above TS.", {
      remedy: "Read the store again.",
      readings: keys,
    });
  }
  return now <= ts
    ? pass(id, `Nothing in the store is above TS ${ts}.`, { readings: keys })
    : blocking(id, `The store now shows ${now}, which is above TS ${ts}.`, {
        detail: "A client ran after TS was taken, or the AtlasDB command line fetched a timestamp.",
        remedy: "Find it and stop it, then take TS again: the step “Take TS” can be reopened.",
        readings: keys,
      });
}

/** The store's rights and server, as the adapter found them. */
export function rights(readings: Readings, at: Role): readonly Finding[] {
  const found = find(readings, "store.rights", at);
  if (!found.known) {
    return [
      unknown("rights", "Our rights on the store could not be checked.", {
        detail: found.because,
        remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
        readings: [found.key],
      }),
    ];
  }
  return found.value.rights.findings.map((one) => ({
    id: `rights-${one.code}`,
    level: one.verdict,
    title: one.message,
    detail: null,
    remedy:
      one.verdict === "blocking" || one.verdict === "unknown" ? "Mend it while clients still run." : null,
    readings: [found.reading.key],
    attest: null,
    deferred: false,
  }));
}
