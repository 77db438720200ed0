import fc from "fast-check";
import { expect, test } from "vitest";

import { compareBytes, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { decodePunchRow, decodePunchValue, encodePunchRow } from "#lib/atlasdb/punch.ts";

test("the golden row of atlasdb-facts I", () => {
  expect(toHex(encodePunchRow(1730000000000n))).toBe("066d33f6ebff");
  expect(decodePunchRow(fromHex("066d33f6ebff"))).toBe(1730000000000n);
});

test("the rows that a real client wrote", () => {
  expect(decodePunchRow(fromHex("065e0293643b"))).toBe(1795253115844n);
  expect(decodePunchValue(fromHex("cf6956"))).toBe(1010006n);
});

test("later times come first", () => {
  const time = fc.bigInt({ min: 0n, max: 2n ** 50n });
  fc.assert(
    fc.property(time, time, (a, b) => {
      expect(decodePunchRow(encodePunchRow(a))).toBe(a);
      expect(compareBytes(encodePunchRow(a), encodePunchRow(b)) < 0).toBe(a > b);
    }),
  );
});
