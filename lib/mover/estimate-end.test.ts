import { expect, test } from "vitest";

import { estimateEnd, type EndInputs } from "#lib/mover/estimate-end.ts";

const INPUTS: EndInputs = {
  shards: { done: 10, total: 100 },
  weight: { done: 1_000, left: 9_000, largestLeft: 100 },
  shardRate: { slow: 10, fast: 20 },
  lanes: 3,
  cells: 500,
  cellsPerSecond: 25,
};

test("is a range over fast ranges, slow ones and the newest rate", () => {
  expect(estimateEnd(INPUTS)).toEqual({ from: 150, to: 300 });
  expect(estimateEnd({ ...INPUTS, cellsPerSecond: 5 })).toEqual({ from: 150, to: 900 });
  expect(estimateEnd({ ...INPUTS, cellsPerSecond: 450 })).toEqual({ from: 10, to: 300 });
});

test("does not end before the largest range that is left, however many lanes there are", () => {
  const one = { ...INPUTS, lanes: 1_000, cellsPerSecond: 100_000 };
  expect(estimateEnd(one)?.to).toBe(10);
});

test("is absent until three ranges or a twentieth of the work are done", () => {
  const early = { ...INPUTS, shards: { done: 2, total: 100 } };
  expect(estimateEnd({ ...early, weight: { done: 400, left: 9_600, largestLeft: 1 } })).toBeNull();
  expect(estimateEnd({ ...early, weight: { done: 500, left: 9_500, largestLeft: 1 } })).not.toBeNull();
  expect(
    estimateEnd({
      ...INPUTS,
      shards: { done: 3, total: 10_000 },
      weight: { done: 1, left: 9_999, largestLeft: 1 },
    }),
  ).not.toBeNull();
});

test("is absent while nothing moves, and where nothing suggests anything", () => {
  expect(estimateEnd({ ...INPUTS, cellsPerSecond: null })).toBeNull();
  expect(estimateEnd({ ...INPUTS, lanes: 0 })).toBeNull();
  expect(estimateEnd({ ...INPUTS, shardRate: null, cellsPerSecond: 0 })).toBeNull();
});
