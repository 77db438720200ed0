import type { MoveOperation, ResolvedOperation } from "#lib/engine/operation.ts";
import { collect, readingKey, type Reading, type Role } from "#lib/engine/reading.ts";
import { sequenceAt, storeAt, type Targets } from "#lib/engine/step.ts";
import type { Systems } from "#lib/engine/systems.ts";
import { AdapterError, AppError, InvariantError } from "#lib/errors.ts";
import type { StartPair } from "#lib/mover/sequence.ts";
import { witnesses } from "#lib/runbooks/findings/bound.ts";
import { heldAt } from "#lib/runbooks/findings/moving.ts";
import type { BoundStore, WriteGuard } from "#lib/stores/bound-store.ts";
import type { BoundReading, WriteOutcome } from "#lib/stores/schema.ts";
import { describeBoundState } from "#lib/stores/bound-state.ts";
import { maxLong } from "#lib/timestamps/long.ts";

/**
 * What an operation answered. `refused`: certainly nothing was changed. `unclear`: only a read-back can tell. `taken`: the values that it was
 * given, which nobody else has; where the answer is lost they belong to nobody.
 */
export type Performed = {
  readonly answer: "applied" | "refused" | "unclear";
  readonly words: string;
  readonly taken?: StartPair;
};

/**
 * What an operation was decided on: `seen`, the readings, with `expected`, the state of the store that it writes. `mayStillSend` is asked last,
 * when everything is open; what it throws is `refused`.
 */
export type Sending = {
  readonly seen: readonly Reading[];
  readonly expected: BoundReading | null;
  readonly mayStillSend: () => void;
};

/**
 * Carries out one operation, once, with its guard; of a job only its start. Never repeats anything and never throws for what the system does: a failure with
 * effect `none` is `refused`, any other is `unclear`.
 */
export async function perform(
  systems: Systems,
  targets: Targets,
  operation: ResolvedOperation,
  sending: Sending,
): Promise<Performed> {
  const { expected, mayStillSend } = sending;
  try {
    if ("into" in operation) return await onMove(systems, targets, operation, sending);
    if (!("store" in operation)) return await onSequence(systems, targets, operation, mayStillSend);
    const store = await systems.openStore(storeAt(targets, operation.store).storeId, "long");
    const guard = guardOf(expected);
    mayStillSend();
    return await onStore(store, operation, guard);
  } catch (error) {
    if (error instanceof AdapterError) {
      return { answer: error.effect === "none" ? "refused" : "unclear", words: error.message };
    }
    if (error instanceof AppError) return { answer: "refused", words: error.message };
    throw error;
  }
}

/** The newest timestamp that a store showed; 0 where it showed none. */
function newestSeen(seen: readonly Reading[], at: Role): bigint {
  const readings = collect(seen);
  return maxLong(heldAt(readings, at) ?? 0n, witnesses(readings, at).largest ?? 0n);
}

/** What an operation was given, as a reading beside those that are read back. */
export function takenReadings(
  operation: ResolvedOperation,
  { taken }: Performed,
  targets: Targets,
  now: Date,
): readonly Reading[] {
  if (operation.kind !== "move.take-start" || taken === undefined) return [];
  const request = { kind: "move.start", into: operation.into } as const;
  return [
    {
      key: readingKey(request),
      request,
      value: { kind: "move.start", ...taken },
      because: null,
      deferred: false,
      source: `The timestamps of ${storeAt(targets, operation.into).label}`,
      node: null,
      raw: null,
      readAt: now.toISOString(),
      provenance: "observed",
    },
  ];
}

async function onSequence(
  systems: Systems,
  targets: Targets,
  operation: Extract<ResolvedOperation, { sequence: unknown }>,
  mayStillSend: () => void,
): Promise<Performed> {
  const { clusterId, namespace } = sequenceAt(targets, operation.sequence);
  const timelock = await systems.openTimelock(clusterId, "long");
  try {
    mayStillSend();
    switch (operation.kind) {
      case "timelock.claim": {
        const { node, via } = await timelock.ping(namespace);
        return { answer: "applied", words: `${node ?? via} answered the ping.` };
      }
      case "timelock.fast-forward": {
        const { node, via } = await timelock.fastForward(namespace, operation.to);
        return {
          answer: "applied",
          words: `${node ?? via} confirmed the fast-forward to ${operation.to} with 204.`,
        };
      }
    }
  } finally {
    await timelock.close();
  }
}

async function onMove(
  systems: Systems,
  targets: Targets,
  operation: MoveOperation,
  { mayStillSend, seen }: Sending,
): Promise<Performed> {
  const seenThere = newestSeen(seen, operation.into);
  const move = await systems.openMove(targets, "long");
  try {
    mayStillSend();
    switch (operation.kind) {
      case "move.set-up":
        await move.setUp(seenThere);
        return { answer: "applied", words: "The destination's tables were dropped and created as planned." };
      case "move.take-start": {
        const taken = await move.takeStart(operation.above);
        return { answer: "applied", words: `S is ${taken.start}, and C is ${taken.commit}.`, taken };
      }
      case "move.commit-start":
        await move.commitStart(operation.start, operation.commit);
        return {
          answer: "applied",
          words: `The destination records ${operation.commit} for ${operation.start}.`,
        };
      case "move.copy":
        await move.startCopy(operation.start);
        return { answer: "applied", words: "The copy was handed to the workers." };
      case "move.validate":
        await move.startComparison(operation.start);
        return { answer: "applied", words: "The comparison was handed to the workers." };
    }
  } finally {
    await move.close();
  }
}

async function onStore(
  store: BoundStore,
  operation: Extract<ResolvedOperation, { store: unknown }>,
  guard: WriteGuard,
): Promise<Performed> {
  switch (operation.kind) {
    case "store.invalidate":
      return wordsOf(await store.invalidate(guard));
    case "store.repair":
      return wordsOf(await store.repair(guard, operation.leave));
    case "store.restore":
      return wordsOf(await store.restore(guard, operation.to));
  }
}

function wordsOf(outcome: WriteOutcome): Performed {
  return outcome.outcome === "applied"
    ? { answer: "applied", words: `The bound is now ${describeBoundState(outcome.after)}.` }
    : { answer: "refused", words: `The write was refused and changed nothing. ${outcome.message}` };
}

function guardOf(expected: BoundReading | null): WriteGuard {
  if (expected === null) throw new InvariantError("a store operation without the state it was decided on");
  return { identity: expected.identity, expected: expected.state };
}
