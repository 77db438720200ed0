import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { InvariantError } from "#lib/errors.ts";
import { canonicalJson, parseJson, sha256Hex } from "#lib/timestamps/json.ts";

describe("parseJson", () => {
  it("keeps every digit of a long beyond 2^53", () => {
    expect(parseJson('{"inclusiveLower":9007199254740993,"inclusiveUpper":-9223372036854775808}')).toEqual({
      inclusiveLower: 9007199254740993n,
      inclusiveUpper: -9223372036854775808n,
    });
  });

  it("leaves strings, fractions and literals as they are", () => {
    expect(parseJson('["12",1.5,true,null,{"a":[3]}]')).toEqual(["12", 1.5, true, null, { a: [3n] }]);
  });

  it("refuses what is not JSON", () => {
    expect(() => parseJson("{")).toThrow(SyntaxError);
  });
});

describe("canonicalJson", () => {
  it("sorts keys by code unit, drops undefined and writes longs as strings", () => {
    expect(canonicalJson({ b: 1, a: [9007199254740993n, null, undefined], Z: "é\n", c: undefined })).toBe(
      '{"Z":"é\\n","a":["9007199254740993",null,null],"b":1}',
    );
  });

  it.each([[0.5], [2 ** 53], [Number.NaN], [new Date(0)], [() => 1]])("refuses %s", (value) => {
    expect(() => canonicalJson({ value })).toThrow(InvariantError);
  });

  it("gives one text whatever the order in which members were added", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.bigInt(), fc.boolean(), fc.integer())),
        (value) => {
          const reversed = Object.fromEntries(Object.entries(value).toReversed());
          return canonicalJson(value) === canonicalJson(reversed);
        },
      ),
    );
  });

  it("gives different texts for different strings, and text that JSON can read", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        expect(parseJson(canonicalJson(left))).toBe(left);
        return (canonicalJson({ v: left }) === canonicalJson({ v: right })) === (left === right);
      }),
    );
  });
});

describe("sha256Hex", () => {
  it("agrees with the published vector", async () => {
    expect(await sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
