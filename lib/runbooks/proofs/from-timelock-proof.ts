import { readAt, type World } from "#lib/engine/step.ts";
import { timelockLimit } from "#lib/runbooks/findings/reversal-bound.ts";
import { madeFrom, proofTermOf, weakest } from "#lib/runbooks/proofs/proof-term.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import { judgeChain, type ProofChain, type ProofTerm } from "#lib/timestamps/proof.ts";

const BOUND = "store.bound@destination";
const FRESH = "timelock.fresh@source";
const LEARNED = "timelock.learned@source";

/**
 * The chain `K < TS ≤ TimeLock's bound ≤ N = bound in the store`: what the store kept lies below what TimeLock issues, and the bound that the
 * node starts from above everything that TimeLock can have issued. Terms that are not read yet are unproven, never zero.
 */
export function fromTimelockProof(world: World): ProofChain {
  return judgeChain(
    [keptTerm(world), tsTerm(world), limitTerm(world), nTerm(world), boundTerm(world)],
    ["<", "≤", "≤", "="],
  );
}

function keptTerm(world: World): ProofTerm {
  const one = readAt(world, "take-ts", BOUND) ?? world.readings.get(BOUND) ?? null;
  const bound = one?.value?.kind === "store.bound" ? one.value.bound : null;
  const held = bound === null ? null : largestHeld(bound.state);
  // A store that a service was born without has nothing to lie below.
  const value = bound !== null && held === null ? 0n : held;
  return proofTermOf("kept", "kept bound", value, one);
}

function tsTerm(world: World): ProofTerm {
  return proofTermOf("ts", "TS", world.values.TS ?? null, readAt(world, "take-ts", FRESH));
}

function limitTerm(world: World): ProofTerm {
  const done = world.facts.finished.get("take-ts");
  const fresh = readAt(world, "take-ts", FRESH);
  const learned = readAt(world, "take-ts", LEARNED);
  const stored = learned?.value?.kind === "timelock.learned" ? learned.value.bound : null;
  if (stored !== null) return proofTermOf("limit", "TimeLock's bound", stored, learned);
  const value = done === undefined ? null : timelockLimit(done.readings, "source");
  return madeFrom(
    proofTermOf("limit", "TimeLock's bound", value, fresh),
    "at most 1,000,000 above what it issued, since this cluster tells no bound",
  );
}

function nTerm(world: World): ProofTerm {
  const parts = [FRESH, LEARNED, BOUND, "store.punch@destination"].map((key) =>
    readAt(world, "take-ts", key),
  );
  return madeFrom(
    proofTermOf("n", "N", world.values.N ?? null, weakest(parts)),
    "the largest of TS + 1,000,000, TimeLock's bound, kept value, backup and newest punch, and a margin of 1,000,000",
  );
}

function boundTerm(world: World): ProofTerm {
  const key = "store.read-back@destination";
  const one = readAt(world, "prove", key) ?? readAt(world, "set-bound", key);
  const view = one?.value?.kind === "store.read-back" ? one.value.views[0] : undefined;
  return proofTermOf(
    "bound",
    "bound in the store",
    view?.state.state === "readable" ? view.state.bound : null,
    one,
  );
}
