import { askedByRun, blocking, pass, unknown, type Finding } from "#lib/engine/finding.ts";
import type { Operation } from "#lib/engine/operation.ts";
import { find, type Role, type Values } from "#lib/engine/reading.ts";
import type { Verdict, World } from "#lib/engine/step.ts";
import { boundInvalid, freshAbove } from "#lib/runbooks/findings/clients.ts";
import { clusterHealth } from "#lib/runbooks/findings/sequence.ts";
import { describeBoundState, embeddedStart, largestHeld } from "#lib/stores/bound-state.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** The claim is done when the leader of the namespace has answered with a quorum. */
export function claimed(world: World, sequence: Role): Verdict {
  const found = find(world.readings, "timelock.health", sequence);
  if (!found.known) return { outcome: "uncertain", because: found.because, findings: [] };
  const { namespace, quorum, quorumReason } = found.value;
  const findings = [...clusterHealth(world.readings, sequence, world.facts.now)];
  if (namespace === "absent") {
    return { outcome: "not-applied", because: "No node of a majority knows the namespace.", findings };
  }
  return quorum === "proven"
    ? { outcome: "done", because: `The leader answered with a quorum. ${quorumReason}`, findings }
    : { outcome: "uncertain", because: `The leader has not been proven: ${quorumReason}`, findings };
}

/** TimeLock keeps at least TS: nothing was lost between the steps. */
export function sequenceHeld(world: World, sequence: Role): Finding {
  const learned = find(world.readings, "timelock.learned", sequence);
  const issued = find(world.readings, "timelock.fresh", sequence);
  const rests = { readings: [`timelock.learned@${sequence}`, `timelock.fresh@${sequence}`] };
  const ts = world.values.TS ?? 0n;
  const bound = learned.known ? learned.value.bound : null;
  if (bound !== null && bound < ts) {
    return blocking("sequence-held", `TimeLock has stored ${bound}, below TS ${ts}.`, {
      ...rests,
      detail: "It stood higher before: this is another cluster, or one that has lost data.",
      remedy: "Start no client. Check the addresses of the cluster, take TS again and fast-forward again.",
    });
  }
  if (!issued.known) {
    return askedByRun(
      unknown("sequence-held", "What TimeLock issues now is not known.", {
        ...rests,
        detail: issued.because,
        remedy: "Bring a majority of its nodes back and read again.",
      }),
      issued.deferred,
    );
  }
  return issued.value.first > ts
    ? pass("sequence-held", `TimeLock issues above TS: ${issued.value.first}.`, rests)
    : blocking("sequence-held", `TimeLock issued ${issued.value.first}, not above TS ${ts}.`, {
        ...rests,
        remedy: "Start no client. Take TS again and fast-forward again.",
      });
}

/** The forward is done when a fresh timestamp lies above `floor`; a stored bound below it says that it was not applied. */
export function forwardedAbove(
  world: World,
  floor: bigint | undefined,
  sequence: Role,
  store: Role,
): Verdict {
  const learned = find(world.readings, "timelock.learned", sequence);
  const issued = find(world.readings, "timelock.fresh", sequence);
  const findings = [freshAbove(world, sequence, store)];
  if (floor === undefined)
    return { outcome: "uncertain", because: "The value to exceed is not known.", findings };
  if (issued.known) {
    return issued.value.first > floor
      ? { outcome: "done", because: `TimeLock issued ${issued.value.first}, above ${floor}.`, findings }
      : {
          outcome: "not-applied",
          because: `TimeLock issued ${issued.value.first}, not above ${floor}.`,
          findings,
        };
  }
  if (learned.known && learned.value.bound !== null && learned.value.bound < floor) {
    return {
      outcome: "not-applied",
      because: `TimeLock's stored bound is ${learned.value.bound}, below ${floor}.`,
      findings,
    };
  }
  return { outcome: "uncertain", because: issued.because, findings };
}

/** The write that makes the bound invalid from the state it is in; null where it is invalid already. */
export function chooseInvalidation(world: World, store: Role): Operation | null {
  const found = find(world.readings, "store.bound", store);
  if (!found.known) return null;
  switch (found.value.bound.state.state) {
    case "readable":
    case "no-row":
    case "no-table":
      return { kind: "store.invalidate", store };
    case "several-rows":
    case "both":
    case "neither":
      return { kind: "store.repair", store, leave: "invalidated" };
    case "invalidated":
    case "no-row-invalidated":
    case "unrecognised":
      return null;
  }
}

/** No embedded client can start on this bound, and its value, if it had one, is kept where AtlasDB looks for it. */
export function isInvalid(state: BoundState): boolean {
  return state.state === "invalidated" || state.state === "no-row-invalidated";
}

/** The value that the invalidated store keeps, as read back; null where it keeps none. */
export function keptValue(world: World, store: Role): bigint | null {
  const found = find(world.readings, "store.read-back", store);
  const first = found.known ? found.value.views[0] : undefined;
  return first?.state.state === "invalidated" ? first.state.kept : null;
}

/** True where the store kept more than TS, so that TimeLock has to be forwarded once more. */
export function keptIsHigher(values: Values): boolean {
  return values.K !== undefined && values.K > (values.TS ?? 0n);
}

/** Every place where AtlasDB may read the bound was read over new connections after the write. */
export function invalidated(world: World, store: Role): Verdict {
  const found = find(world.readings, "store.read-back", store);
  if (!found.known) return { outcome: "uncertain", because: found.because, findings: [] };
  const { views } = found.value;
  const words = views.map((view) => `${view.view}: ${describeBoundState(view.state)}`).join("; ");
  const kept = new Set(views.map((view) => String(largestHeld(view.state))));
  const findings = [boundInvalid(world.readings, store)];
  if (kept.size === 1 && views.every((view) => isInvalid(view.state))) {
    return { outcome: "done", because: `A second look says: ${words}.`, findings };
  }
  return views.some((view) => isInvalid(view.state))
    ? { outcome: "uncertain", because: `Not all servers agree: ${words}.`, findings }
    : { outcome: "not-applied", because: `The bound is not invalid: ${words}.`, findings };
}

/** The bound is readable again with the kept value, everywhere. */
export function restored(world: World, store: Role): Verdict {
  const found = find(world.readings, "store.read-back", store);
  if (!found.known) return { outcome: "uncertain", because: found.because, findings: [] };
  const { views } = found.value;
  const words = views.map((view) => `${view.view}: ${describeBoundState(view.state)}`).join("; ");
  const holds = views.filter(
    (view) => view.state.state === "readable" && view.state.bound === world.values.K,
  );
  if (holds.length === views.length)
    return { outcome: "done", because: `A second look says: ${words}.`, findings: [] };
  return holds.length > 0 || views.some((view) => embeddedStart(view.state) !== "fails")
    ? { outcome: "uncertain", because: `The store is in an unexpected state: ${words}.`, findings: [] }
    : { outcome: "not-applied", because: `The bound is still invalid: ${words}.`, findings: [] };
}
