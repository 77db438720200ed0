import { readAt, type World } from "#lib/engine/step.ts";
import { madeFrom, proofTermOf, weakest } from "#lib/runbooks/proofs/proof-term.ts";
import { judgeChain, type ProofChain, type ProofTerm } from "#lib/timestamps/proof.ts";

const OLD_FRESH = "timelock.fresh@source";
const OLD_LEARNED = "timelock.learned@source";
const NEW_FRESH = "timelock.fresh@destination";

/**
 * The chain `fresh(old) ≤ TS ≤ fast-forward < fresh(new)`, with TS the maximum of what the old namespace issued, has stored, and of everything
 * in the store. Terms that are not read yet are unproven, never zero.
 */
export function renameProof(world: World): ProofChain {
  return judgeChain([oldTerm(world), tsTerm(world), forwardTerm(world), newTerm(world)], ["≤", "≤", "<"]);
}

/** The newest thing that the old namespace issued: read once more after the fast-forward. */
export function oldTerm(world: World): ProofTerm {
  const one = readAt(world, "read-old", OLD_FRESH) ?? readAt(world, "take-ts", OLD_FRESH);
  return proofTermOf(
    "fresh-old",
    "fresh (old)",
    one?.value?.kind === "timelock.fresh" ? one.value.last : null,
    one,
  );
}

/** TS, with everything that it was made from. */
export function tsTerm(world: World): ProofTerm {
  const keys = [
    OLD_FRESH,
    OLD_LEARNED,
    "store.bound@source",
    "store.punch@source",
    "store.transactions@source",
  ];
  return madeFrom(
    proofTermOf(
      "ts",
      "TS",
      world.values.TS ?? null,
      weakest(keys.map((key) => readAt(world, "take-ts", key))),
    ),
    "the largest of what the old namespace issued and has stored, the kept value, and the newest punch and transaction",
  );
}

/** What the new namespace was forwarded to, once it was. */
export function forwardTerm(world: World): ProofTerm {
  const done = world.facts.finished.get("fast-forward");
  const one = readAt(world, "fast-forward", NEW_FRESH);
  return madeFrom(
    proofTermOf("forward", "forward to", done === undefined ? null : (world.values.TS ?? null), one),
    "the fast-forward that TimeLock confirmed",
  );
}

function newTerm(world: World): ProofTerm {
  const one = readAt(world, "start", NEW_FRESH) ?? readAt(world, "fast-forward", NEW_FRESH);
  return proofTermOf(
    "fresh",
    "fresh (new)",
    one?.value?.kind === "timelock.fresh" ? one.value.first : null,
    one,
  );
}
