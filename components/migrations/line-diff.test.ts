import fc from "fast-check";
import { expect, it } from "vitest";

import { lineDiff } from "#components/migrations/line-diff.ts";

it("names what goes and what comes", () => {
  expect(lineDiff("a\nleader: x\nb", "a\ntimelock: y\nb")).toEqual([
    { kind: "same", text: "a" },
    { kind: "removed", text: "leader: x" },
    { kind: "added", text: "timelock: y" },
    { kind: "same", text: "b" },
  ]);
});

it("gives back both texts, for any two", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "  c: 1", ""), { maxLength: 12 })
    .map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDiff(before, after);
      const without = (kind: string) => lines.filter((line) => line.kind !== kind).map((line) => line.text);
      expect(without("added").join("\n")).toBe(before);
      expect(without("removed").join("\n")).toBe(after);
      expect(before !== after || lines.every((line) => line.kind === "same")).toBe(true);
    }),
  );
});
