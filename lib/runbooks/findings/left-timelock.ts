import { askedByRun, attestable, blocking, pass, unknown, type Finding } from "#lib/engine/finding.ts";
import { find, type Readings, type Role } from "#lib/engine/reading.ts";
import { readAt, type World } from "#lib/engine/step.ts";
import { witnesses } from "#lib/runbooks/findings/bound.ts";
import { takenByOthers } from "#lib/runbooks/findings/clients.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";

/*
 * What runbooks ask whose service is on TimeLock when they begin: the namespace that it leaves.
 */

/** The namespace that the service is on exists on a majority of the cluster: a mistyped one would be made, and would issue from 1. */
export function leftNamespace(readings: Readings, at: Role, namespace: string): Finding {
  const found = find(readings, "timelock.namespaces", at);
  const rests = { readings: [`timelock.namespaces@${at}`] };
  if (found.known && found.value.names.includes(namespace)) {
    return pass("left-namespace", `“${namespace}” exists on TimeLock.`, rests);
  }
  if (!found.known || !found.value.majority) {
    return attestable(
      unknown("left-namespace", `Whether “${namespace}” exists on TimeLock is not known.`, {
        ...rests,
        detail: found.known ? "Too few nodes listed their namespaces. Older servers cannot." : found.because,
        remedy: "Bring the silent nodes back, or declare that you know it from the service's own files.",
      }),
      `“${namespace}” is the namespace in the files of the service, and this is the cluster in them.`,
      "An unknown name is never an error on TimeLock: asking it for a timestamp would silently make a new sequence.",
    );
  }
  return blocking("left-namespace", `TimeLock does not know the namespace “${namespace}”.`, {
    ...rests,
    detail: "Its newest timestamps must be somewhere else: another cluster, or another name.",
    remedy: "Correct cluster and namespace of the service in the inventory.",
  });
}

/** TimeLock stands above what the store kept when the service moved there; otherwise this is not where its timestamps come from. */
export function aboveKept(world: World, store: Role, sequence: Role): Finding {
  const bound = find(world.readings, "store.bound", store);
  const issued = find(world.readings, "timelock.fresh", sequence);
  const learned = find(world.readings, "timelock.learned", sequence);
  const held = bound.known ? largestHeld(bound.value.bound.state) : null;
  const seen = witnesses(world.readings, store).largest;
  const largest = [held, seen].reduce<bigint | null>(
    (most, one) => (one !== null && (most === null || one > most) ? one : most),
    null,
  );
  const stands = issued.known ? issued.value.first : learned.known ? learned.value.bound : null;
  const rests = {
    readings: [`store.bound@${store}`, `timelock.learned@${sequence}`, `timelock.fresh@${sequence}`],
  };
  if (largest === null)
    return pass("above-kept", "The store holds no older value that TimeLock could lie below.", rests);
  if (stands === null) {
    const base = unknown("above-kept", `Whether TimeLock stands above ${largest} is not known.`, {
      ...rests,
      detail: issued.known ? null : issued.because,
      remedy: "Bring a majority of its nodes back and read again.",
    });
    return issued.known || learned.known ? askedByRun(base, true) : base;
  }
  if (stands > largest)
    return pass(
      "above-kept",
      `TimeLock stands at ${stands}, above every value in the store (${largest}).`,
      rests,
    );
  const low = blocking("above-kept", `TimeLock stands at ${stands}, not above ${largest} in the store.`, {
    ...rests,
    detail:
      "The service takes its timestamps elsewhere: another namespace, another cluster, or one that has lost data. Its newest timestamp is not known here. Only a reversal that was undone leaves such a value too.",
    remedy: "Start no client. Compare cluster and namespace with the files of every node.",
  });
  const issuedElsewhere = seen !== null && seen >= stands;
  return issuedElsewhere
    ? low
    : attestable(
        low,
        `The value ${largest} in the store was left by a reversal of this service that was undone. No client ever took a timestamp from it.`,
        "The earlier migration is in the list of migrations.",
      );
}

/** The fresh timestamp that TS rests on was issued, and is the only thing that may be asked of TimeLock here. */
export function issuedNow(world: World, at: Role): Finding {
  const found = find(world.readings, "timelock.fresh", at);
  const rests = { readings: [`timelock.fresh@${at}`] };
  return found.known
    ? pass("issued", `TimeLock issued ${found.value.last} to Lockstep.`, rests)
    : askedByRun(
        unknown(
          "issued",
          found.deferred
            ? "TimeLock is asked for a timestamp."
            : "TimeLock has issued no timestamp to Lockstep.",
          {
            ...rests,
            detail: found.because,
            remedy: "Bring a majority of its nodes back and try again.",
          },
        ),
        found.deferred,
      );
}

/** What a step that is done read of the stored bound; null where it was not known. */
function learnedAt(world: World, stepId: string, at: Role): bigint | null {
  const one = readAt(world, stepId, `timelock.learned@${at}`);
  return one?.value?.kind === "timelock.learned" ? one.value.bound : null;
}

/**
 * The stored bound of the namespace that the service has left has not moved since the step `since`: a node that was forgotten would move it,
 * and would invalidate the store's bound at its start. Takes nothing from TimeLock.
 */
export function leftAlone(world: World, at: Role, since: string): Finding {
  const found = find(world.readings, "timelock.learned", at);
  const before = learnedAt(world, since, at);
  const rests = { readings: [`timelock.learned@${at}`] };
  if (!found.known || found.value.state === "unknown") {
    return attestable(
      unknown("left-alone", "Whether anybody still uses the namespace on TimeLock is not known.", {
        ...rests,
        detail: found.known ? found.value.reason : found.because,
        remedy: "Bring the silent nodes back, or declare that no node is configured for TimeLock any more.",
      }),
      "No node, command line or job of this service has a timelock block any more.",
      "The files of every node were checked in the step that configures them.",
    );
  }
  const { bound } = found.value;
  if (bound === null) {
    return pass("left-alone", "This cluster does not tell where the namespace stands.", {
      ...rests,
      detail: "It keeps its bounds in a database. What a forgotten node does shows in the store alone.",
    });
  }
  return bound <= (before ?? world.values.N ?? 0n)
    ? pass("left-alone", `TimeLock's stored bound stands still at ${bound}.`, rests)
    : blocking(
        "left-alone",
        `TimeLock's stored bound has moved from ${before ?? "nothing known"} to ${bound}.`,
        {
          ...rests,
          detail:
            "A node that still has its timelock block takes timestamps from the namespace that was left.",
          remedy: "Stop all clients at once. Find the node with the old files, and contact the AtlasDB team.",
        },
      );
}

/** Nobody but Lockstep takes timestamps from the namespace that is left, and TS still covers all of it. Counts its own probes. */
export function oldStill(world: World, at: Role): Finding {
  const issued = find(world.readings, "timelock.fresh", at);
  const learned = find(world.readings, "timelock.learned", at);
  const rests = { readings: [`timelock.fresh@${at}`, `timelock.learned@${at}`] };
  const ts = world.values.TS;
  const stored = learned.known ? learned.value.bound : null;
  const stands = issued.known && (stored === null || issued.value.last > stored) ? issued.value.last : stored;
  // Cells that were copied stand at S, which was taken above the TS of then.
  const again =
    world.values.C === undefined
      ? "take TS again, and fast-forward again: that only ever raises."
      : "start over: plan this migration again.";
  if (ts !== undefined && stands !== null && stands > ts) {
    return blocking("old-still", `The old namespace stands at ${stands}, above TS ${ts}.`, {
      ...rests,
      detail: "A client took timestamps there after TS was taken, or TimeLock's leader changed since.",
      remedy: `Find the client and stop it. Then ${again}`,
    });
  }
  const others = takenByOthers(world.facts.lastFresh[at], world.readings, at);
  if (others === null) {
    return askedByRun(
      unknown("old-still", "Whether anybody uses the old namespace cannot be told yet.", {
        ...rests,
        detail: issued.known
          ? "The leader has changed since the last probe. This probe is the new mark."
          : issued.because,
        remedy: "Try once more: the next probe has this one to compare with.",
      }),
      !issued.known && issued.deferred,
    );
  }
  return others <= 0n
    ? pass("old-still", "The old namespace has issued nothing but Lockstep's own probes.", rests)
    : blocking("old-still", `Somebody took ${others} timestamps from the old namespace.`, {
        ...rests,
        detail: "A node, command line or job still has the old namespace in its files.",
        remedy:
          "Stop it. If clients have not started on the new namespace yet, take TS again and fast-forward again. If they have, stop all of them and contact the AtlasDB team.",
      });
}
