import { describe, expect, it } from "vitest";

import { chainVerdict, linkGlyph, linkWords } from "#components/timestamps/chain-words.ts";
import { judgeChain, type ProofTerm } from "#lib/timestamps/proof.ts";

function term(id: string, value: string | null): ProofTerm {
  return {
    id,
    label: id,
    value,
    source: "test",
    node: null,
    readAt: null,
    raw: null,
    provenance: "observed",
  };
}

const OPEN = judgeChain([term("bound", "10"), term("TS", "10"), term("fresh", null)], ["≤", "<"]);
const BROKEN = judgeChain([term("bound", "10"), term("TS", "7"), term("fresh", null)], ["≤", "<"]);
const PROVEN = judgeChain([term("bound", "10"), term("TS", "11")], ["<"]);

describe("chainVerdict", () => {
  it("passes only when every link holds", () => {
    expect(chainVerdict(PROVEN).state).toBe("pass");
    expect(chainVerdict(OPEN)).toEqual({ state: "unknown", words: "1 of 2 proven" });
  });

  it("is broken as soon as one link is, whatever is still open", () => {
    expect(chainVerdict(BROKEN).state).toBe("blocked");
  });

  it("never calls an empty chain proven", () => {
    expect(chainVerdict({ terms: [], links: [] }).state).toBe("unknown");
  });
});

describe("links", () => {
  it("draws what is unproven as a question mark and what is broken as the negation", () => {
    expect(OPEN.links.map(linkGlyph)).toEqual(["≤", "?"]);
    expect(BROKEN.links.map(linkGlyph)).toEqual(["≰", "?"]);
  });

  it("says the difference of a broken link", () => {
    const [first] = BROKEN.links;
    expect(first && linkWords(first, "bound", "TS")).toBe("bound is at most TS: broken, difference -3");
  });
});
