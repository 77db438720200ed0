import fc from "fast-check";
import { expect, test } from "vitest";

import { diffLines } from "#lib/atlasdb/line-diff.ts";

const text = fc
  .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

test("either side can be read out of the comparison, with its line numbers", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = diffLines(before, after);
      const left = diff.filter(({ kind }) => kind !== "added");
      const right = diff.filter(({ kind }) => kind !== "removed");
      expect(left.map((line) => `${line.text}\n`).join("")).toBe(before);
      expect(right.map((line) => `${line.text}\n`).join("")).toBe(after);
      expect(left.map((line) => line.before)).toEqual(left.map((_line, index) => index + 1));
      expect(right.map((line) => line.after)).toEqual(right.map((_line, index) => index + 1));
    }),
  );
});

test("the fewest lines are changed", () => {
  const diff = diffLines("a\nb\nc\nd\n", "a\nc\nx\nd\n");
  expect(diff.map(({ kind, text: line }) => `${kind} ${line}`)).toEqual([
    "same a",
    "removed b",
    "same c",
    "added x",
    "same d",
  ]);
  expect(diffLines("a\n", "a\n").every(({ kind }) => kind === "same")).toBe(true);
});

test("huge differences are still answered", () => {
  const many = (word: string) => Array.from({ length: 3_000 }, (_, index) => `${word}${index}`).join("\n");
  expect(diffLines(many("a"), many("b"))).toHaveLength(6_000);
});
