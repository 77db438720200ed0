import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  groupDigits,
  LONG_MAX,
  LONG_MIN,
  longFromString,
  longToHex,
  maxLong,
  parseLong,
} from "#lib/timestamps/long.ts";

describe("parseLong", () => {
  it.each([
    ["0", 0n],
    ["-1", -1n],
    ["9007199254740993", 9007199254740993n],
    ["9223372036854775807", LONG_MAX],
    ["-9223372036854775808", LONG_MIN],
  ])("reads %s", (text, value) => {
    expect(parseLong(text)).toBe(value);
  });

  it.each([
    "",
    " 1",
    "1 ",
    "+1",
    "-0",
    "01",
    "1_000",
    "1,000",
    "1e6",
    "1.0",
    "0x10",
    "٣",
    "9223372036854775808",
    "-9223372036854775809",
    "9".repeat(400),
  ])("refuses %j", (text) => {
    expect(parseLong(text)).toBeNull();
    expect(longFromString.safeParse(text).success).toBe(false);
  });

  it("is the inverse of the decimal text for every long", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: LONG_MIN, max: LONG_MAX }),
        (value) => parseLong(value.toString()) === value,
      ),
    );
  });
});

describe("longToHex", () => {
  it.each([
    [123456789n, "0x00000000075bcd15"],
    [10000n, "0x0000000000002710"],
    [-1n, "0xffffffffffffffff"],
    [LONG_MIN, "0x8000000000000000"],
  ])("writes %s as Cassandra stores it", (value, hex) => {
    expect(longToHex(value)).toBe(hex);
  });
});

describe("groupDigits", () => {
  it("adds thin spaces and nothing else", () => {
    expect(groupDigits("1010001")).toBe("1\u2009010\u2009001");
    fc.assert(
      fc.property(
        fc.bigInt({ min: LONG_MIN, max: LONG_MAX }),
        (value) => groupDigits(value.toString()).replaceAll("\u2009", "") === value.toString(),
      ),
    );
  });
});

describe("maxLong", () => {
  it("finds the largest wherever it stands", () => {
    expect(maxLong(3n)).toBe(3n);
    expect(maxLong(-5n, 2n ** 53n + 1n, 2n ** 53n)).toBe(2n ** 53n + 1n);
  });
});
