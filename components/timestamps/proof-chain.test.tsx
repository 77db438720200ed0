import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";

import { ProofChain } from "#components/timestamps/proof-chain.tsx";
import { TimestampValue } from "#components/timestamps/timestamp-value.tsx";
import { TooltipProvider } from "#components/ui/tooltip.tsx";
import { judgeChain, type ProofTerm } from "#lib/timestamps/proof.ts";

function textOf(node: React.ReactNode): string {
  return renderToStaticMarkup(<TooltipProvider>{node}</TooltipProvider>).replaceAll(/<[^>]*>/g, "");
}

function term(id: string, value: string | null, rest: Partial<ProofTerm> = {}): ProofTerm {
  return {
    id,
    label: id,
    value,
    source: "test",
    node: null,
    readAt: null,
    raw: null,
    provenance: "observed",
    ...rest,
  };
}

describe("TimestampValue", () => {
  it("is plain digits as text, so that a selection copies what a system understands", () => {
    expect(textOf(<TimestampValue value="9223372036854775807" copy={false} />)).toBe("9223372036854775807");
    expect(textOf(<TimestampValue value="1010001" copy={false} />)).toBe("1010001");
  });

  it("shows what is not known as unknown, never as zero or nothing", () => {
    expect(textOf(<TimestampValue value={null} />)).toBe("unknown");
    expect(textOf(<TimestampValue value="0" copy={false} />)).toBe("0");
  });
});

describe("ProofChain", () => {
  it("says of every link whether it is proven", () => {
    const chain = judgeChain([term("bound", "10"), term("TS", "10"), term("fresh", null)], ["≤", "<"]);
    const text = textOf(<ProofChain chain={chain} />);
    expect(text).toContain("bound is at most TS: proven");
    expect(text).toContain("TS is less than fresh: not proven");
    expect(text).toContain("1 of 2 proven");
  });

  it("shows a broken link with its difference, and not as proven", () => {
    const text = textOf(
      <ProofChain chain={judgeChain([term("bound", "2010001"), term("TS", "1010001")], ["≤"])} />,
    );
    expect(text).toContain("Broken: timestamps could go backwards");
    expect(text).toContain("−1 000 000");
    expect(text).not.toContain(": proven");
  });

  it("marks a term that was not read by Lockstep itself", () => {
    const chain = judgeChain([term("TS", "1", { provenance: "pasted" }), term("fresh", "2")], ["<"]);
    expect(textOf(<ProofChain chain={chain} />)).toContain("pasted");
  });
});
