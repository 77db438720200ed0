import fc from "fast-check";
import { expect, it } from "vitest";

import { digitGroups } from "#components/timestamps/digit-groups.ts";
import { LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

it("groups by three from the right", () => {
  expect(digitGroups("1010001")).toEqual(["1", "010", "001"]);
  expect(digitGroups("100")).toEqual(["100"]);
  expect(digitGroups("-1000")).toEqual(["-1", "000"]);
  expect(digitGroups("0")).toEqual(["0"]);
});

it("loses and adds nothing, for every Java long", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: LONG_MIN, max: LONG_MAX }), (value) => {
      const groups = digitGroups(value.toString());
      expect(groups.join("")).toBe(value.toString());
      for (const group of groups.slice(1)) expect(group).toMatch(/^\d{3}$/);
    }),
  );
});
