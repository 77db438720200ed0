import {
  askedByRun,
  attestable,
  blocking,
  pass,
  unknown,
  warning,
  type Finding,
} from "#lib/engine/finding.ts";
import { find, type Readings, type Role } from "#lib/engine/reading.ts";
import type { FreshProbe, World } from "#lib/engine/step.ts";
import { witnesses } from "#lib/runbooks/findings/bound.ts";
import { describeBoundState, embeddedStart, largestHeld } from "#lib/stores/bound-state.ts";

/** The stop proof as a condition: nothing moves, everything is declared, and it has stood still for the whole window. */
export function clientsStopped(world: World): Finding {
  const { level, summary, sources, awaitsRun } = world.facts.stopProof;
  switch (level) {
    case "proven":
      return pass("stopped", summary);
    case "attested":
    case "quiet":
      return pass("stopped", summary, {
        detail: "Quiet and declared is less than proven: an idle client looks the same.",
      });
    case "moving":
      return blocking("stopped", summary, {
        detail: sources
          .filter((one) => one.level === "moving")
          .map((one) => `${one.label}: ${one.detail}`)
          .join(" "),
        remedy:
          "Find the client that still runs and stop it, with automatic restart off. Then wait until nothing moves.",
      });
    case "unknown":
      return askedByRun(
        unknown("stopped", summary, {
          remedy: sources.some((one) => one.id !== "active-namespaces" && one.level === "unknown")
            ? "Make the open declarations and wait until the quiet window is over."
            : "Nothing was changed. Wait until the quiet window is over.",
        }),
        awaitsRun,
      );
  }
}

/** How many timestamps others took between an earlier probe and now; null when it cannot be told, as after a change of the leader. */
export function takenByOthers(before: FreshProbe | undefined, readings: Readings, at: Role): bigint | null {
  const found = find(readings, "timelock.fresh", at);
  if (!found.known || before === undefined) return null;
  const { last, ownProbes, leader } = found.value;
  if (leader === null || before.leader !== leader) return null;
  return last - before.value - (ownProbes - before.ownProbes);
}

/** Nobody but Lockstep has taken a timestamp from the sequence since the last probe. */
export function onlyOurProbes(world: World, at: Role): Finding {
  const found = find(world.readings, "timelock.fresh", at);
  const rests = { readings: [`timelock.fresh@${at}`] };
  const others = takenByOthers(world.facts.lastFresh[at], world.readings, at);
  if (others === null) {
    return askedByRun(
      unknown("only-probes", "Whether anybody else took timestamps cannot be told from one probe.", {
        ...rests,
        detail: found.known
          ? "The leader has changed since the last probe, or there is none to compare with."
          : found.because,
        remedy: "Try once more: the next probe has this one to compare with.",
      }),
      !found.known && found.deferred,
    );
  }
  return others <= 0n
    ? pass("only-probes", "TimeLock has issued nothing but Lockstep's own probes.", rests)
    : blocking("only-probes", `Somebody took ${others} timestamps from TimeLock since the last probe.`, {
        ...rests,
        remedy: "A client has started on TimeLock, or another service uses the namespace. Find it.",
      });
}

/** Says when somebody has begun to use the new sequence already; no reason to leave the old one open. */
export function usedEarly(world: World, at: Role): readonly Finding[] {
  const others = takenByOthers(world.facts.lastFresh[at], world.readings, at);
  if (others === null || others <= 0n) return [];
  return [
    warning("used-early", `Somebody took ${others} timestamps from TimeLock since the last probe.`, {
      detail:
        "A client has started with the new configuration, or another service uses the namespace. Find it.",
      readings: [`timelock.fresh@${at}`],
    }),
  ];
}

/** The sequence issues above every value of the old one. */
export function freshAbove(world: World, at: Role, store: Role): Finding {
  const found = find(world.readings, "timelock.fresh", at);
  const rests = { readings: [`timelock.fresh@${at}`] };
  const floor = floorOf(world, store);
  if (!found.known || floor === null) {
    return askedByRun(
      unknown("fresh-above", "What TimeLock issues now is not known.", {
        ...rests,
        detail: found.known ? "TS has not been taken." : found.because,
        remedy: "Read again.",
      }),
      !found.known && found.deferred,
    );
  }
  return found.value.first > floor
    ? pass("fresh-above", `TimeLock issued ${found.value.first}, above every old value (${floor}).`, rests)
    : blocking("fresh-above", `TimeLock issued ${found.value.first}, which is not above ${floor}.`, {
        ...rests,
        detail: "Timestamps would be issued a second time.",
        remedy: "Stop all clients at once, fast-forward above the maximum, and contact the AtlasDB team.",
      });
}

/**
 * Clients write into the store with timestamps of this sequence and of no other. A fresh timestamp is taken after the store was read, so
 * nothing in the store can lie above it, unless a node has another namespace or cluster in its configuration. Source: atlasdb-facts H24
 */
export function writtenElsewhere(world: World, at: Role, store: Role): readonly Finding[] {
  const found = find(world.readings, "timelock.fresh", at);
  const { largest } = witnesses(world.readings, store);
  if (!found.known || found.reading.provenance !== "observed" || largest === null) return [];
  const { first } = found.value;
  const rests = {
    readings: [`timelock.fresh@${at}`, `store.punch@${store}`, `store.transactions@${store}`],
  };
  if (largest < first) return [];
  return [
    blocking("written-elsewhere", `The store shows ${largest}, but TimeLock issued ${first} after that.`, {
      ...rests,
      detail:
        "Somebody writes with timestamps of another sequence: a client whose configuration names another namespace or cluster, or one that is not on TimeLock. Clients of this namespace would go backwards, or refuse to start.",
      remedy: `Stop all clients. Compare namespace and cluster of every node, and fast-forward above ${largest} before anybody starts: take TS again, or contact the AtlasDB team once the watch has begun.`,
    }),
  ];
}

/** The largest value of the old sequence that this migration knows: TS, what the store kept, and what it holds now. */
export function floorOf(world: World, store: Role): bigint | null {
  const ts = world.values.TS;
  if (ts === undefined) return null;
  const bound = find(world.readings, "store.bound", store);
  const held = bound.known ? largestHeld(bound.value.bound.state) : null;
  return [world.values.K ?? ts, held ?? ts].reduce((most, one) => (one > most ? one : most), ts);
}

/** The store's bound is unreadable for embedded clients, still. */
export function boundInvalid(readings: Readings, at: Role): Finding {
  const found = find(readings, "store.bound", at);
  if (!found.known) {
    return unknown("still-invalid", "Whether the store's bound is still invalid is not known.", {
      detail: found.because,
      remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
      readings: [found.key],
    });
  }
  const { state } = found.value.bound;
  const rests = { readings: [found.reading.key] };
  return embeddedStart(state) === "fails"
    ? pass("still-invalid", `The store's bound is ${describeBoundState(state)}.`, rests)
    : blocking("still-invalid", `The store's bound is ${describeBoundState(state)}.`, {
        ...rests,
        detail: "A client without a timelock block can start and issue timestamps a second time.",
        remedy:
          "Stop all clients, and find out who made it readable. Invalidate it again before anybody starts.",
      });
}

/** A client has taken timestamps from the new sequence since the last probe. */
export function sequenceGrows(world: World, at: Role): Finding {
  const found = find(world.readings, "timelock.fresh", at);
  const rests = { readings: [`timelock.fresh@${at}`] };
  const others = takenByOthers(world.facts.lastFresh[at], world.readings, at);
  if (others === null) {
    return askedByRun(
      unknown("grows", "Whether clients take timestamps from TimeLock cannot be told yet.", {
        ...rests,
        detail: found.known
          ? "The leader has changed since the last probe. This probe is the new mark."
          : found.because,
        remedy: "Try once more in a moment.",
      }),
      !found.known && found.deferred,
    );
  }
  return others > 0n
    ? pass("grows", `Clients took ${others} timestamps from TimeLock since the last probe.`, rests)
    : blocking("grows", "No client has taken a timestamp from TimeLock since the last probe.", {
        ...rests,
        remedy:
          "Start the clients with the new configuration, or look why they do not reach TimeLock; then try again.",
      });
}

/** A client has punched a timestamp above TS, or above N: it commits on the new sequence, as far as the store shows. */
export function punchedAbove(world: World, at: Role, above: "TS" | "N" = "TS"): Finding {
  const found = find(world.readings, "store.punch", at);
  const rests = { readings: [`store.punch@${at}`] };
  const newest = found.known ? found.value.punch.newest : null;
  const floor = world.values[above];
  if (newest?.found === "punch" && floor !== undefined && newest.timestamp > floor) {
    return pass("punched", `A client punched ${newest.timestamp}, above ${above} ${floor}.`, rests);
  }
  return attestable(
    unknown("punched", `No timestamp above ${above} has been punched yet.`, {
      ...rests,
      detail: found.known
        ? "A client punches about once a minute, and only after it has committed something."
        : found.because,
      remedy: "Wait about a minute after the first commit and try again.",
    }),
    "The service only reads, so it punches nothing.",
    above === "TS"
      ? "Its log shows that it started with TimeLock."
      : "Its log shows that it started on its own bound.",
  );
}

/** Incidents that are open stop the watch from ending. */
export function noIncident(world: World): Finding {
  const open = world.facts.openIncidents;
  return open.length === 0
    ? pass("incidents", "No incident is open.")
    : blocking("incidents", `${open.length} incidents are open: ${open.join("; ")}.`, {
        remedy: "Deal with each, and close it with a note.",
      });
}

/** The watch has lasted as long as it should, with a look at its end. */
export function watchedLongEnough(world: World): Finding {
  const { since, until, lastCheckedAt } = world.facts.watch;
  if (since === null || until === null) {
    return unknown("watched", "The watch has not begun.", {
      remedy: "It begins when the start of the clients is confirmed.",
    });
  }
  if (Date.parse(world.facts.now) < Date.parse(until)) {
    return {
      ...unknown("watched", `The watch lasts until ${until}.`, {
        remedy: "The worker looks by itself and finishes this step; nobody has to wait here.",
      }),
    };
  }
  return lastCheckedAt === null
    ? warning("watched", "The watch is over, and no look was taken during it.")
    : pass("watched", `The watch is over. The last look was at ${lastCheckedAt}.`);
}
