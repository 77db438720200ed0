import type { ProofChain, ProofLink, Relation } from "#lib/timestamps/proof.ts";

/** How a whole chain stands: one broken link breaks it, one unproven link leaves it open. */
export type ChainVerdict = { state: "pass" | "unknown" | "blocked"; words: string };

const RELATION_WORDS: Record<Relation, string> = { "≤": "is at most", "<": "is less than", "=": "equals" };
const BROKEN_GLYPHS: Record<Relation, string> = { "≤": "≰", "<": "≮", "=": "≠" };

/** The verdict on a chain in a few words; an empty chain proves nothing. */
export function chainVerdict(chain: ProofChain): ChainVerdict {
  const broken = chain.links.filter((link) => link.verdict === "broken").length;
  const open = chain.links.filter((link) => link.verdict === "unproven").length;
  if (broken > 0) return { state: "blocked", words: "Broken: timestamps could go backwards" };
  if (chain.links.length === 0) return { state: "unknown", words: "Nothing is proven yet" };
  if (open > 0)
    return { state: "unknown", words: `${chain.links.length - open} of ${chain.links.length} proven` };
  return { state: "pass", words: "Proven" };
}

/** What stands between two cards: the relation, "?" while unproven, the negated relation when it is broken. */
export function linkGlyph(link: ProofLink): string {
  switch (link.verdict) {
    case "holds":
      return link.relation;
    case "unproven":
      return "?";
    case "broken":
      return BROKEN_GLYPHS[link.relation];
  }
}

/** The link as a sentence for screen readers. */
export function linkWords(link: ProofLink, left: string, right: string): string {
  const claim = `${left} ${RELATION_WORDS[link.relation]} ${right}`;
  switch (link.verdict) {
    case "holds":
      return `${claim}: proven`;
    case "unproven":
      return `${claim}: not proven`;
    case "broken":
      return `${claim}: broken, difference ${link.difference ?? "unknown"}`;
  }
}
