import { describe, expect, it } from "vitest";

import { byUrgency, countWords, shownStep } from "#components/migrations/step-words.ts";
import { exampleMigration } from "#components/migrations/testing.ts";
import type { FindingView } from "#lib/migrations/schema.ts";

function finding(id: string, level: FindingView["level"]): FindingView {
  return { id, level, title: id, detail: null, remedy: null, readings: [] };
}

describe("findings", () => {
  const findings = [
    finding("a", "pass"),
    finding("b", "unknown"),
    finding("c", "blocking"),
    finding("d", "pass"),
  ];

  it("puts what blocks first and keeps the order within a level", () => {
    expect(byUrgency(findings).map((one) => one.id)).toEqual(["c", "b", "a", "d"]);
  });

  it("counts unknown as unknown, never as fine", () => {
    expect(countWords(findings)).toBe("1 blocking, 1 unknown, 2 pass");
    expect(countWords([])).toBe("nothing was checked");
  });
});

describe("shownStep", () => {
  const view = exampleMigration("2026-11-21T14:00:00Z");

  it("shows the step asked for, else the current one", () => {
    expect(shownStep(view, "assess")?.id).toBe("assess");
    expect(shownStep(view, undefined)?.id).toBe(view.currentStep);
    expect(shownStep(view, "no-such-step")?.id).toBe(view.currentStep);
  });
});
