import type { World } from "#lib/engine/step.ts";
import { commitTerm, laterTerm, startTerm } from "#lib/runbooks/proofs/move-proof.ts";
import { forwardTerm, oldTerm, tsTerm } from "#lib/runbooks/proofs/rename-proof.ts";
import { judgeChain, type ProofChain } from "#lib/timestamps/proof.ts";

/**
 * The chain `fresh(old) ≤ TS ≤ fast-forward < S < C < every later start`; X is at or below TS, which is taken so. Terms that are not read yet are
 * unproven, never zero.
 */
export function renameAndMoveProof(world: World): ProofChain {
  return judgeChain(
    [
      oldTerm(world),
      tsTerm(world),
      forwardTerm(world),
      startTerm(world),
      commitTerm(world),
      laterTerm(world),
    ],
    ["≤", "≤", "<", "<", "<"],
  );
}
