import { expect, it } from "vitest";

import { minuteOfDay, utcMoment } from "#components/freeze/freeze-words.ts";

it("reads a time of day as minutes, and nothing else", () => {
  expect(["00:00", "22:30", "23:59"].map(minuteOfDay)).toEqual([0, 1350, 1439]);
  expect(["24:00", "9:00", "", "22:60", "22:30:00"].map(minuteOfDay)).toEqual([null, null, null, null, null]);
});

it("takes a date and time as UTC, wherever the browser is", () => {
  expect(utcMoment("2026-11-24T22:30")).toBe("2026-11-24T22:30:00.000Z");
  expect([utcMoment(""), utcMoment("2026-11-24"), utcMoment("2026-13-40T22:30")]).toEqual([null, null, null]);
});
