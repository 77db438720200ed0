import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  absoluteWords,
  durationWords,
  isStale,
  relativeWords,
  timeOfDayWords,
} from "#components/live/wording.ts";

const NOON = Date.UTC(2026, 10, 21, 12, 0, 0);

describe("relativeWords", () => {
  it.each([
    [0, "now"],
    [999, "now"],
    [1000, "1 s ago"],
    [59_999, "59 s ago"],
    [60_000, "1 min ago"],
    [3_599_999, "59 min ago"],
    [3_600_000, "1 h ago"],
    [47 * 3_600_000, "47 h ago"],
    [48 * 3_600_000, "2 d ago"],
    [-4_999, "now"],
    [-6_000, "in 6 s"],
    [-90_000, "in 1 min"],
  ])("says an age of %d ms as %s", (age, words) => {
    expect(relativeWords(NOON - age, NOON)).toBe(words);
  });

  it("never overstates: the amount said is at most the real one", () => {
    const unitMs: Record<string, number> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 400 * 86_400_000 }), (ms) => {
        const [amount = "", unit = ""] = durationWords(ms).split(" ");
        const said = Number(amount) * (unitMs[unit] ?? Number.NaN);
        expect(said).toBeLessThanOrEqual(ms);
        expect(said).toBeGreaterThan(0);
      }),
    );
  });
});

describe("absoluteWords", () => {
  it("shows UTC with its name, and no local digits", () => {
    expect(absoluteWords(NOON, "utc")).toBe("2026-11-21 12:00:00 UTC");
    expect(timeOfDayWords(NOON, "utc")).toBe("12:00:00");
  });

  it("shows local time in the same form, with the zone's name", () => {
    expect(absoluteWords(NOON, "local")).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} \S+/);
  });

  it("does not invent a time", () => {
    expect(absoluteWords(Number.NaN, "utc")).toBe("unknown time");
  });
});

describe("isStale", () => {
  it("is fresh up to twice the interval, and stale past it", () => {
    expect(isStale(NOON - 10_000, NOON, 5000)).toBe(false);
    expect(isStale(NOON - 10_001, NOON, 5000)).toBe(true);
  });
});
