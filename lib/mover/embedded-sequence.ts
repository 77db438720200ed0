import { randomInt } from "node:crypto";

import { AdapterError, AppError } from "#lib/errors.ts";
import type { IssuedAtMost, Sequence, StartPair } from "#lib/mover/sequence.ts";
import { describeBoundState, INITIAL_BOUND, sameBoundState } from "#lib/stores/bound-state.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { BoundReading, BoundState, WriteOutcome } from "#lib/stores/schema.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";
import { maxLong } from "#lib/timestamps/long.ts";

/** Readings and writes tried while the bound changes under our hands. */
const TRIES = 3;

/** So many values are left out at most, so that a bound that is read back as ours can hardly be another run's. */
const GAP = 1_000_000;

/** What became of one compare-and-set. */
type Attempt = "taken" | "unchanged" | "changed";

/**
 * The sequence of a service without TimeLock: everything at or below the bound in its own store may have been issued. It is raised by
 * compare-and-set on the whole state, to C itself, so that the first client issues larger values. Source: atlasdb-facts A.5, C, D.1
 */
export function embeddedSequence(bound: BoundStore, store: string): Sequence {
  const name = `the bound of ${store}`;
  return {
    name,
    issuedAtMost: async () => issuedAtMost(await bound.readBound(), store),
    async takeAbove(floor) {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const before = await bound.readBound();
        const pair = pairAbove(startOf(before.state, store), floor, store);
        if ((await raise(bound, before, pair.commit, store)) === "taken") return pair;
      }
      throw moving(store);
    },
  };
}

function issuedAtMost({ state, source }: BoundReading, store: string): IssuedAtMost {
  if (state.state === "readable") return { value: state.bound, ownProbes: 0n, source };
  throw new AppError(
    "conflict",
    `The bound of ${store} is ${describeBoundState(state)}, so it does not tell which timestamps were issued. Nothing was changed. If the service takes its timestamps from TimeLock, give its timelock block; else repair the bound first.`,
  );
}

/** The largest value that is spoken for where an embedded client could start on this state. */
function startOf(state: BoundState, store: string): bigint {
  switch (state.state) {
    case "readable":
      return state.bound;
    case "no-row":
    case "no-table":
      return INITIAL_BOUND;
    default:
      throw new AppError(
        "conflict",
        `The bound of ${store} is ${describeBoundState(state)}, so no client without TimeLock could start there. Nothing was changed. Repair or restore the bound first, or name the TimeLock that the service will use.`,
      );
  }
}

function pairAbove(held: bigint, floor: bigint, store: string): StartPair {
  const start = maxLong(held, floor) + BigInt(randomInt(1, GAP));
  if (start < FAST_FORWARD_MAX) return { start, commit: start + 1n };
  throw new AppError(
    "conflict",
    `The bound of ${store} would have to be raised to ${start}, which leaves too little room below the largest timestamp. Nothing was changed. Look for a wrong value among the readings.`,
  );
}

async function raise(bound: BoundStore, before: BoundReading, to: bigint, store: string): Promise<Attempt> {
  const guard = { identity: before.identity, expected: before.state };
  let outcome: WriteOutcome | null;
  try {
    outcome = await bound.restore(guard, to);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.effect === "none") throw error;
    outcome = null;
  }
  if (outcome?.outcome === "refused") {
    if (outcome.reason === "state-changed") return "changed";
    throw new AppError("conflict", outcome.message);
  }
  return settle(await readBack(bound), before.state, to, store);
}

/** All places must say the same: the value that we wrote, or what was there before. */
function settle(
  views: readonly BoundReading[],
  before: BoundState,
  to: bigint,
  store: string,
): "taken" | "unchanged" {
  const wanted: BoundState = { state: "readable", bound: to };
  if (views.length > 0 && views.every(({ state }) => sameBoundState(state, wanted))) return "taken";
  if (views.length > 0 && views.every(({ state }) => sameBoundState(state, before))) return "unchanged";
  throw moving(store);
}

async function readBack(bound: BoundStore): Promise<readonly BoundReading[]> {
  try {
    return await bound.readBack();
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    throw new AdapterError(
      error.code,
      "unknown",
      `The bound was to be raised, and cannot be read back: ${error.message} Being raised does it no harm. Try again when the store answers.`,
      { cause: error },
    );
  }
}

function moving(store: string): AppError {
  return new AppError(
    "conflict",
    `The bound of ${store} changes while it is raised: something still runs on that store. No cell was copied. Stop it, then try again.`,
  );
}
