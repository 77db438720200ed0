import { expect, test } from "vitest";

import { askedByRun, obstacles, unknown } from "#lib/engine/finding.ts";

const open = unknown("fresh", "What TimeLock issues now is not known.", { remedy: "Bring its nodes back." });

test("a question that only the run may ask gives no order to mend anything, and blocks the run alone", () => {
  const deferred = askedByRun(open, true);
  expect(deferred).toMatchObject({ level: "unknown", remedy: null, deferred: true });
  expect(obstacles([deferred], new Set(), "not-deferred")).toEqual([]);
  expect(obstacles([deferred], new Set(), "all")).toEqual([deferred]);
});

test("a question that was asked and not answered stays as it is", () => {
  expect(askedByRun(open, false)).toBe(open);
});
