import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { isActive, judgeStarts, windowWords, type Window } from "#lib/freeze/judge-starts.ts";
import type { WindowTimes } from "#lib/freeze/schema.ts";

/** Saturday, 21 November 2026. */
const SATURDAY = "2026-11-21";
const at = (time: string) => new Date(`${time}:00.000Z`);
const weekly = (days: number[], startMinute: number, durationMinutes: number): WindowTimes => ({
  repeats: "weekly",
  days,
  startMinute,
  durationMinutes,
});
const once = (from: string, to: string): WindowTimes => ({
  repeats: "once",
  from: at(from).toISOString(),
  to: at(to).toISOString(),
});

describe("whether new work may start", () => {
  const night: Window = { kind: "open", times: weekly([6], 22 * 60, 240) };
  const holiday: Window = { kind: "closed", times: once(`${SATURDAY}T23:00`, `2026-11-22T01:00`) };
  test.each([
    { name: "no freeze, no windows", windows: [], now: `${SATURDAY}T12:00`, open: true, until: null },
    {
      name: "before the open window",
      windows: [night],
      now: `${SATURDAY}T21:59`,
      open: false,
      until: `${SATURDAY}T22:00`,
    },
    {
      name: "its first minute",
      windows: [night],
      now: `${SATURDAY}T22:00`,
      open: true,
      until: "2026-11-22T02:00",
    },
    {
      name: "past midnight",
      windows: [night],
      now: "2026-11-22T01:59",
      open: true,
      until: "2026-11-22T02:00",
    },
    { name: "its end", windows: [night], now: "2026-11-22T02:00", open: false, until: "2026-11-28T22:00" },
    {
      name: "a closed window beats it",
      windows: [night, holiday],
      now: `${SATURDAY}T23:30`,
      open: false,
      until: "2026-11-22T01:00",
    },
    {
      name: "only a closed window, outside",
      windows: [holiday],
      now: `${SATURDAY}T12:00`,
      open: true,
      until: `${SATURDAY}T23:00`,
    },
    { name: "after a single window", windows: [holiday], now: "2026-11-23T12:00", open: true, until: null },
  ])("$name", ({ windows, now, open, until }) => {
    const status = judgeStarts(null, windows, at(now));
    expect(status).toMatchObject({ open, until: until === null ? null : at(until).toISOString() });
    expect(status.because === null).toBe(open);
  });
  test("a freeze closes everything and says who and why", () => {
    const status = judgeStarts({ by: "Ada", reason: "incident" }, [night], at(`${SATURDAY}T22:30`));
    expect(status).toEqual({ open: false, because: "Ada froze this environment: incident", until: null });
  });
  test("a week-long window every day is always on", () => {
    const times = weekly([1], 0, 1440 * 7);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (minutes) => {
        expect(isActive(times, new Date(at(`${SATURDAY}T00:00`).getTime() + minutes * 60_000))).toBe(true);
      }),
    );
  });
  test("nothing changes before `until`, and something does at it", () => {
    const times = fc.record({
      repeats: fc.constant("weekly" as const),
      days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      startMinute: fc.integer({ min: 0, max: 1439 }),
      durationMinutes: fc.integer({ min: 1, max: 3000 }),
    });
    const windows = fc.array(
      fc.record({ kind: fc.constantFrom("open" as const, "closed" as const), times }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(
        windows,
        fc.integer({ min: 0, max: 20_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (all, minute, part) => {
          const now = at(`${SATURDAY}T00:00`).getTime() + minute * 60_000;
          const status = judgeStarts(null, all, new Date(now));
          if (status.until === null) return;
          const end = Date.parse(status.until);
          const between = new Date(now + Math.floor((end - now) * part));
          expect(judgeStarts(null, all, between).open).toBe(status.open);
          expect(judgeStarts(null, all, new Date(end)).open).toBe(!status.open);
        },
      ),
    );
  });
});

test("windows in words", () => {
  expect(windowWords(weekly([7, 6], 22 * 60 + 5, 90))).toBe("Sat, Sun from 22:05 UTC for 1 h 30 min");
  expect(windowWords(weekly([1, 2, 3, 4, 5, 6, 7], 0, 60))).toBe("Every day from 00:00 UTC for 1 h");
  expect(windowWords(once("2026-12-24T12:00", "2026-12-27T00:00"))).toBe(
    "2026-12-24 12:00 to 2026-12-27 00:00 UTC",
  );
});
