import { readAt, type World } from "#lib/engine/step.ts";
import { proofTermOf } from "#lib/runbooks/proofs/proof-term.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import { judgeChain, type ProofChain, type ProofTerm } from "#lib/timestamps/proof.ts";

/**
 * The chain `every old bound ≤ TS ≤ fast-forward < fresh(new)`. Where the store kept more than TS, the forward went to the kept value,
 * and the chain reads `TS ≤ kept bound ≤ fast-forward < fresh(new)`. Terms that are not read yet are unproven, never zero.
 */
export function toTimelockProof(world: World): ProofChain {
  const { TS: ts, K: kept } = world.values;
  const higher = kept !== undefined && ts !== undefined && kept > ts;
  const terms = higher
    ? [
        tsTerm(world),
        keptTerm(world),
        forwardTerm(world, kept, "forward-kept"),
        freshTerm(world, "forward-kept"),
      ]
    : [
        oldTerm(world),
        tsTerm(world),
        forwardTerm(world, ts, "fast-forward"),
        freshTerm(world, "fast-forward"),
      ];
  return judgeChain(terms, ["≤", "≤", "<"]);
}

function oldTerm(world: World): ProofTerm {
  const key = "store.bound@source";
  const one =
    readAt(world, "invalidate", key) ?? readAt(world, "take-ts", key) ?? world.readings.get(key) ?? null;
  const fetched = readAt(world, "take-ts", "store.fetched@source");
  if (!one?.value && fetched?.value?.kind === "store.fetched") {
    return proofTermOf("old-bound", "old bound", fetched.value.timestamp, fetched);
  }
  const value = one?.value?.kind === "store.bound" ? largestHeld(one.value.bound.state) : null;
  const empty = one?.value?.kind === "store.bound" && value === null && world.values.TS === 0n;
  return proofTermOf("old-bound", "old bound", empty ? 0n : value, one);
}

function keptTerm(world: World): ProofTerm {
  const one = readAt(world, "invalidate", "store.read-back@source");
  return proofTermOf("kept-bound", "kept bound", world.values.K ?? null, one);
}

/** TS is as good as the worst of what it was taken from. */
function tsTerm(world: World): ProofTerm {
  const parts = [
    "store.bound@source",
    "store.punch@source",
    "store.transactions@source",
    "store.fetched@source",
  ].flatMap((key) => {
    const one = readAt(world, "take-ts", key);
    return one?.value ? [one] : [];
  });
  const pasted = parts.find((one) => one.provenance !== "observed");
  const built = proofTermOf("ts", "TS", world.values.TS ?? null, pasted ?? parts[0] ?? null);
  return {
    ...built,
    source: "the largest of bound, kept value, backup, newest punch and transaction",
    raw: null,
  };
}

function forwardTerm(world: World, to: bigint | undefined, stepId: string): ProofTerm {
  const done = world.facts.finished.get(stepId);
  const one = readAt(world, stepId, "timelock.fresh@destination");
  const built = proofTermOf("forward", "forward to", done && to !== undefined ? to : null, one);
  return { ...built, source: "the fast-forward that TimeLock confirmed", raw: null };
}

function freshTerm(world: World, stepId: string): ProofTerm {
  const key = "timelock.fresh@destination";
  const one = readAt(world, "start", key) ?? readAt(world, "forward-kept", key) ?? readAt(world, stepId, key);
  return proofTermOf("fresh", "fresh", one?.value?.kind === "timelock.fresh" ? one.value.first : null, one);
}
