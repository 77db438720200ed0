import { z } from "zod";

import { longString } from "#lib/timestamps/long.ts";

/** How a value came to the console; a proof with a term that was not observed says so for ever. */
export const PROVENANCES = ["observed", "pasted", "attested"] as const;
export type Provenance = (typeof PROVENANCES)[number];

/**
 * One term of a proof: a number with where, when and how it was read. `value` null means that it is not known (yet).
 * `raw` is the value as the system wrote it (text, or hexadecimal bytes).
 */
export const proofTerm = z.strictObject({
  id: z.string(),
  label: z.string(),
  value: longString.nullable(),
  source: z.string(),
  node: z.string().nullable(),
  readAt: z.iso.datetime().nullable(),
  raw: z.string().nullable(),
  provenance: z.enum(PROVENANCES),
});
export type ProofTerm = z.infer<typeof proofTerm>;

/** How two neighbouring terms must stand to each other, read from left to right. */
export const RELATIONS = ["≤", "<", "="] as const;
export type Relation = (typeof RELATIONS)[number];

/** One inequality of a chain; `difference` is right minus left as a decimal, null where a side is unknown. */
export const proofLink = z.strictObject({
  left: z.string(),
  relation: z.enum(RELATIONS),
  right: z.string(),
  verdict: z.enum(["holds", "broken", "unproven"]),
  difference: z.string().nullable(),
});
export type ProofLink = z.infer<typeof proofLink>;

/** A chain of terms with the relations between neighbours, as the pages draw it. `links` has one member fewer than `terms`. */
export const proofChain = z.strictObject({ terms: z.array(proofTerm), links: z.array(proofLink) });
export type ProofChain = z.infer<typeof proofChain>;

/** Joins terms by the relations that must hold between neighbours and judges each; needs one relation fewer than terms. */
export function judgeChain(terms: readonly ProofTerm[], relations: readonly Relation[]): ProofChain {
  const links = relations.flatMap((relation, index) => {
    const left = terms[index];
    const right = terms[index + 1];
    return left && right ? [judgeLink(left, relation, right)] : [];
  });
  return { terms: [...terms], links };
}

/** Whether every relation of the chain is proven. */
export function chainHolds(chain: ProofChain): boolean {
  return chain.links.every((link) => link.verdict === "holds");
}

function judgeLink(left: ProofTerm, relation: Relation, right: ProofTerm): ProofLink {
  const ends = { left: left.id, relation, right: right.id };
  if (left.value === null || right.value === null) return { ...ends, verdict: "unproven", difference: null };
  const difference = BigInt(right.value) - BigInt(left.value);
  return {
    ...ends,
    verdict: satisfies(difference, relation) ? "holds" : "broken",
    difference: difference.toString(),
  };
}

function satisfies(difference: bigint, relation: Relation): boolean {
  switch (relation) {
    case "≤":
      return difference >= 0n;
    case "<":
      return difference > 0n;
    case "=":
      return difference === 0n;
  }
}
