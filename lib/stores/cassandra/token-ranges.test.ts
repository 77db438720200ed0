import fc from "fast-check";
import { expect, test } from "vitest";

import { tokenCondition, tokenRanges } from "#lib/stores/cassandra/token-ranges.ts";

const LEAST = -(2n ** 63n);
const LARGEST = 2n ** 63n - 1n;

test("every token is in exactly one range", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.bigInt({ min: LEAST, max: LARGEST }), (parts, token) => {
      const ranges = tokenRanges(parts);
      expect(ranges).toHaveLength(parts);
      for (const one of [token, LEAST, LARGEST]) {
        expect(ranges.filter(({ from, to }) => one >= from && (to === null || one < to))).toHaveLength(1);
      }
    }),
  );
});

test("the last range has no end, because the last token could not be named as one", () => {
  expect(tokenCondition({ from: 5n, to: null })).toEqual({ where: "token(key) >= ?", params: [5n] });
  expect(tokenRanges(3).at(-1)?.to).toBeNull();
  expect(tokenRanges(1)).toEqual([{ from: LEAST, to: null }]);
});
