import { askedByRun, attestable, blocking, pass, unknown, type Finding } from "#lib/engine/finding.ts";
import { find, type Readings, type ValueOf } from "#lib/engine/reading.ts";
import type { World } from "#lib/engine/step.ts";
import { byHand } from "#lib/runbooks/findings/moved.ts";
import { isOnTimelock, isSameNamespace } from "#lib/runbooks/findings/moving.ts";
import { ALLOCATION_BUFFER, maxLong } from "#lib/timestamps/long.ts";

/*
 * A source on TimeLock: its sequence since its clients were stopped. Whoever takes a timestamp there writes, or is about to; the copy lacks
 * it. The proof that clients are stopped looks at the last minutes alone; this looks back to the stop. Source: runbooks section 5
 */

const FROM = "source";
const FRESH = `timelock.fresh@${FROM}`;
const LEARNED = `timelock.learned@${FROM}`;

type Fresh = ValueOf<"timelock.fresh">;

/**
 * Nobody but Lockstep has taken timestamps from the source's TimeLock since its clients were stopped; under one namespace for both stores S,
 * C and the raising are Lockstep's own. The stored bound voids the copy as soon as it tells anything; where the step takes a fresh timestamp
 * that one decides. Nothing for a source that keeps its own bound: `sourceStill` says it.
 */
export function sequenceStill(world: World): readonly Finding[] {
  if (!isOnTimelock(world.targets, FROM)) return [];
  const moved = byLearned(world);
  if (moved !== null) return [moved];
  return world.readings.has(FRESH) ? [byFresh(world)] : [];
}

/** What was read when the clients were stopped. AtlasDB's own migrator takes timestamps there, too: it counts from its end on. */
function before({ facts }: World, isByHand: boolean): Readings {
  return facts.finished.get(isByHand ? "set-up" : "stop")?.readings ?? new Map();
}

/** Where both stores share a namespace, it may have been raised to X before S and C were taken. */
function raisedByUs({ targets, values }: World): bigint {
  return isSameNamespace(targets) ? (values.X ?? 0n) : 0n;
}

function byFresh(world: World): Finding {
  const id = "source-sequence";
  const rests = { readings: [FRESH] };
  const stop = find(before(world, byHand(world)), "timelock.fresh", FROM);
  const now = find(world.readings, "timelock.fresh", FROM);
  if (!now.known || !stop.known) {
    const base = unknown(id, "Whether anybody took timestamps from the source's TimeLock is not known.", {
      ...rests,
      detail: now.known ? "What it issued at the stop is not on record." : now.because,
      remedy: now.known
        ? "Start over: plan this migration again."
        : "Bring a majority of TimeLock's nodes back and try again.",
    });
    return askedByRun(base, !now.known && now.deferred);
  }
  return compare(world, stop.value, now.value);
}

function compare(world: World, stop: Fresh, now: Fresh): Finding {
  const id = "source-sequence";
  const rests = { readings: [FRESH] };
  if (now.last < stop.last) {
    return blocking(id, `The source's TimeLock issued ${stop.last} at the stop, and ${now.last} now.`, {
      ...rests,
      detail: "A sequence never goes back: this is another cluster, or one that has lost data.",
      remedy: "Start no client. Check the addresses of the cluster, and ask its operators what was reset.",
    });
  }
  const others = now.last - maxLong(stop.last, raisedByUs(world)) - (now.ownProbes - stop.ownProbes);
  if (others <= 0n)
    return pass(id, "Nobody but Lockstep took timestamps from the source's TimeLock since the stop.", rests);
  if (stop.leader !== null && stop.leader === now.leader) {
    const words = `Somebody took ${others} timestamps from the source's TimeLock since its clients were stopped.`;
    return voided(words, FRESH);
  }
  const title = `The source's TimeLock stands ${others} above what Lockstep took since the stop, and its leader may have changed.`;
  return attestable(
    unknown(id, title, {
      ...rests,
      detail: `A change of the leader skips up to ${ALLOCATION_BUFFER} timestamps, which hides whether a client took any.`,
      remedy:
        "Look in the logs of TimeLock and of every node. If a client of the source ran, the copy is void: start over. If none did, declare it.",
    }),
    "No client of the source has run since the stop: a change of TimeLock's leader moved its sequence.",
    "The logs of TimeLock's nodes show when its leader changed.",
  );
}

/** A bound that stands tells nothing: it moves once in a million timestamps. One that moved without a timestamp of ours above it tells all. */
function byLearned(world: World): Finding | null {
  const stop = boundIn(before(world, byHand(world)));
  const now = boundIn(world.readings);
  if (stop === null || now === null || now <= stop) return null;
  const { C: commit = 0n } = world.values;
  const own = maxLong(
    world.facts.lastFresh[FROM]?.value ?? 0n,
    freshIn(world.readings),
    isSameNamespace(world.targets) ? maxLong(commit, raisedByUs(world)) : 0n,
  );
  if (own > stop && now <= own + ALLOCATION_BUFFER) return null;
  const words = `The stored bound of the source's TimeLock went from ${stop} to ${now} since its clients were stopped.`;
  return voided(words, LEARNED);
}

function boundIn(readings: Readings): bigint | null {
  const found = find(readings, "timelock.learned", FROM);
  return found.known ? found.value.bound : null;
}

function freshIn(readings: Readings): bigint {
  const found = find(readings, "timelock.fresh", FROM);
  return found.known ? found.value.last : 0n;
}

function voided(title: string, reading: string): Finding {
  return blocking("source-sequence", title, {
    readings: [reading],
    detail:
      "Whoever takes timestamps there writes, or is about to. What was written is not in the copy, so the copy is void.",
    remedy: "Find the client and stop it. Then start over: plan this migration again.",
  });
}
