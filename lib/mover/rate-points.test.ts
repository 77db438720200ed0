import * as fc from "fast-check";
import { expect, test } from "vitest";

import { lately, ratePoints, type Stretch, widthAt } from "#lib/mover/rate-points.ts";

const START = new Date("2026-11-21T10:00:00Z");
const stretch = (second: number, cells: number, change: Partial<Stretch> = {}): Stretch => ({
  second,
  lanes: 2,
  versions: cells * 2,
  cells,
  bytes: cells * 10,
  bytesRead: cells * 30,
  ms: { source: 1, filter: 2, destination: 7, throttle: 0 },
  ...change,
});

test("never gives more than 300 points, and loses no cell in them", () => {
  const elapsed = fc.integer({ min: 1, max: 200_000 });
  fc.assert(
    fc.property(
      elapsed,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }),
      (seconds, parts) => {
        const stretches = parts.map((part) => {
          const second = Math.floor(part * (seconds - 1));
          return stretch(second - (second % widthAt(second)), 5_000);
        });
        const points = ratePoints(stretches, START, seconds);
        expect(points.length).toBeLessThanOrEqual(300);
        const cells = points.reduce((sum, point) => sum + point.cellsPerSecond * point.seconds, 0);
        expect(Math.abs(cells - stretches.length * 5_000)).toBeLessThanOrEqual(seconds + 300);
        const times = points.map(({ at }) => at);
        expect(times).toEqual([...times].toSorted());
      },
    ),
  );
});

test("shows a stretch without work as zero, not as nothing", () => {
  const points = ratePoints([stretch(0, 100), stretch(8, 100)], START, 10);
  expect(points.map(({ cellsPerSecond }) => cellsPerSecond)).toEqual([50, 0, 0, 0, 50]);
  expect(points[4]).toMatchObject({ at: "2026-11-21T10:00:08.000Z", limitedBy: "destination", lanes: 2 });
  expect(points[1]?.limitedBy).toBeNull();
});

test("takes the speed of now from the last half minute only", () => {
  const now = lately([stretch(0, 9_000), stretch(60, 100), stretch(80, 100)], 90);
  expect(now).toMatchObject({ cells: 200, seconds: 30, shares: { source: 10, filter: 20, destination: 70 } });
  expect(lately([stretch(0, 9_000)], 90)).toBeNull();
  expect(lately([stretch(80, 0)], 90)).toBeNull();
});
