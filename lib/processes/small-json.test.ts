import fc from "fast-check";
import { expect, it } from "vitest";
import { parseSmallJson } from "#lib/processes/small-json.ts";

it("gives back what JSON says", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value, (_key, one: unknown) =>
        typeof one === "number" && Number.isInteger(one) && !Number.isSafeInteger(one) ? 0 : one,
      );
      expect(JSON.stringify(parseSmallJson(text))).toBe(text);
    }),
  );
});

it("refuses an integer that would be rounded", () => {
  expect(() => parseSmallJson('{"bound":9223372036854775807}')).toThrow("too large to be exact");
});
