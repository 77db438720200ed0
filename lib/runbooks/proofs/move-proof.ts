import { readAt, type World } from "#lib/engine/step.ts";
import { madeFrom, proofTermOf } from "#lib/runbooks/proofs/proof-term.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import { judgeChain, type ProofChain, type ProofTerm } from "#lib/timestamps/proof.ts";

const ISSUED = "timelock.fresh@destination";
const BOUND = "store.bound@destination";

/** The chain `X < S < C < every later start`. Terms that are not read yet are unproven, never zero. */
export function moveProof(world: World): ProofChain {
  return judgeChain([xTerm(world), startTerm(world), commitTerm(world), laterTerm(world)], ["<", "<", "<"]);
}

function xTerm({ values, ...world }: World): ProofTerm {
  const one =
    readAt({ values, ...world }, "stop", "timelock.fresh@source") ??
    readAt({ values, ...world }, "stop", "store.bound@source");
  return madeFrom(
    proofTermOf("x", "X", values.X ?? null, one),
    "the largest of what the source's sequence can have issued and what either store shows",
  );
}

/** S, as the destination's sequence gave it. */
export function startTerm(world: World): ProofTerm {
  const one = readAt(world, "raise", "move.start@destination");
  return madeFrom(proofTermOf("s", "S", world.values.S ?? null, one), "the destination's sequence");
}

/** C as the destination itself records it for S, once it does. */
export function commitTerm(world: World): ProofTerm {
  const one = readAt(world, "commit", "move.commit@destination");
  const commit = one?.value?.kind === "move.commit" ? one.value.commit.commit : null;
  return proofTermOf("c", "C", commit, one);
}

/** What clients take: proven once they have started. */
export function laterTerm(world: World): ProofTerm {
  const issued = readAt(world, "start", ISSUED);
  if (issued?.value?.kind === "timelock.fresh")
    return proofTermOf("later", "later starts", issued.value.first, issued);
  const one = readAt(world, "start", BOUND);
  const embedded = world.targets.sequences.length === 0 && one?.value?.kind === "store.bound";
  const held = embedded && one.value?.kind === "store.bound" ? largestHeld(one.value.bound.state) : null;
  return proofTermOf("later", "later starts", held, embedded ? one : null);
}
