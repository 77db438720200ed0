import * as fc from "fast-check";
import { expect, test } from "vitest";

import { divideControl, type Holder } from "#lib/mover/divide-control.ts";
import type { RunControl } from "#lib/mover/ledger.ts";

const control = (lanes: number, cells: number | null): RunControl => ({
  wanted: "run",
  lanes,
  cellsPerSecondMax: cells,
  bytesPerSecondMax: null,
});
const crew = fc
  .uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 6 })), {
    minLength: 1,
    maxLength: 6,
    selector: ([worker]) => worker,
  })
  .map((all) => all.map(([worker, lanes]): Holder => ({ worker, lanes })));

test("gives everything to a worker that is alone", () => {
  expect(divideControl(control(4, 100), [], "me")).toEqual(control(4, 100));
  expect(divideControl(control(4, 100), [{ worker: "me", lanes: 4 }], "me")).toEqual(control(4, 100));
});

test("divides lanes and rates so that workers at work come to the limit together, and never above it", () => {
  fc.assert(
    fc.property(
      crew,
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 100, max: 1_000_000 }),
      (holders, lanes, rate) => {
        const shares = holders.map(({ worker }) => divideControl(control(lanes, rate), holders, worker));
        expect(shares.reduce((sum, share) => sum + share.lanes, 0)).toBe(lanes);
        const rates = shares.reduce((sum, share) => sum + (share.cellsPerSecondMax ?? 0), 0);
        expect(rates).toBeLessThanOrEqual(rate);
        expect(rates).toBeGreaterThan(rate - holders.length - 1);
      },
    ),
  );
});

test("leaves a newcomer without a lane where there are fewer lanes than workers", () => {
  const holders = [{ worker: "z", lanes: 1 }];
  expect(divideControl(control(1, null), holders, "a").lanes).toBe(0);
  expect(divideControl(control(1, null), holders, "z").lanes).toBe(1);
});

test("never slows a worker down to nothing, and leaves no limit alone", () => {
  const holders = [{ worker: "z", lanes: 50 }];
  expect(divideControl(control(9, 3), holders, "a")).toMatchObject({
    cellsPerSecondMax: 1,
    bytesPerSecondMax: null,
  });
  expect(divideControl({ ...control(9, 3), wanted: "pause" }, holders, "a").wanted).toBe("pause");
});
