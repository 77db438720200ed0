import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";
import { chainHolds, judgeChain, type ProofTerm } from "#lib/timestamps/proof.ts";

const term = (id: string, value: bigint | null): ProofTerm => ({
  id,
  label: id,
  value: value === null ? null : value.toString(),
  source: "test",
  node: null,
  readAt: null,
  raw: null,
  provenance: "observed",
});

describe("judgeChain", () => {
  it("proves the chain of a finished migration to TimeLock", () => {
    const chain = judgeChain(
      [term("bound", 1010001n), term("ts", 1010001n), term("forward", 1010001n), term("fresh", 1010002n)],
      ["≤", "≤", "<"],
    );
    expect(chain.links.map((link) => [link.verdict, link.difference])).toEqual([
      ["holds", "0"],
      ["holds", "0"],
      ["holds", "1"],
    ]);
    expect(chainHolds(chain)).toBe(true);
  });

  it("calls a missing term unproven, never fine", () => {
    const chain = judgeChain([term("bound", 5n), term("fresh", null)], ["<"]);
    expect(chain.links[0]?.verdict).toBe("unproven");
    expect(chainHolds(chain)).toBe(false);
  });

  it("tells by how much a relation is broken", () => {
    const chain = judgeChain([term("bound", 9007199254740993n), term("fresh", 9007199254740992n)], ["<"]);
    expect(chain.links[0]).toMatchObject({ verdict: "broken", difference: "-1" });
  });

  it("agrees with bigint comparison on all longs", () => {
    const long = fc.bigInt({ min: LONG_MIN, max: LONG_MAX });
    fc.assert(
      fc.property(long, long, (left, right) => {
        const verdicts = (["<", "≤", "="] as const).map((relation) =>
          chainHolds(judgeChain([term("l", left), term("r", right)], [relation])),
        );
        expect(verdicts).toEqual([left < right, left <= right, left === right]);
      }),
    );
  });
});
