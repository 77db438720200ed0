import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  compareBytes,
  decodeBigEndianLong,
  decodeFixedLong,
  decodeVarLong,
  decodeVarSignedLong,
  encodeBigEndianLong,
  encodeFixedLong,
  encodeVarLong,
  encodeVarSignedLong,
  flip,
  fromHex,
  toHex,
} from "#lib/atlasdb/encoding.ts";
import { AppError } from "#lib/errors.ts";
import { LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

const long = fc.oneof(
  fc.bigInt({ min: LONG_MIN, max: LONG_MAX }),
  fc
    .nat({ max: 63 })
    .chain((bits) => fc.constantFrom(1n, -1n, 0n).map((by) => clamp((1n << BigInt(bits)) + by))),
);
const natural = fc.bigInt({ min: 0n, max: LONG_MAX });

function clamp(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

describe("golden vectors of atlasdb-facts I", () => {
  test.each([
    [0n, "00"],
    [1n, "01"],
    [127n, "7f"],
    [128n, "8080"],
    [255n, "80ff"],
    [16383n, "bfff"],
    [16384n, "c04000"],
    [10001n, "a711"],
    [25000000n, "e17d7840"],
    [123456789n, "e75bcd15"],
    [314159265n, "f012b9b0a1"],
    [2n ** 53n, "fe20000000000000"],
    [LONG_MAX, "ff7fffffffffffffff"],
    [-1n, "ff80ffffffffffffffff"],
  ])("VAR_LONG %s is %s", (value, hex) => {
    expect(toHex(encodeVarLong(value))).toBe(hex);
    expect(decodeVarLong(fromHex(hex))).toEqual({ value, length: hex.length / 2 });
  });

  test.each([
    [0n, "80"],
    [1n, "81"],
    [-1n, "7f"],
    [63n, "bf"],
    [64n, "c040"],
    [-64n, "40"],
    [-65n, "3fbf"],
    [1000n, "c3e8"],
    [-1000n, "3c18"],
  ])("VAR_SIGNED_LONG %s is %s", (value, hex) => {
    expect(toHex(encodeVarSignedLong(value))).toBe(hex);
    expect(decodeVarSignedLong(fromHex(hex))).toEqual({ value, length: hex.length / 2 });
  });

  test("a bound of 123456789 is 00000000075bcd15 in Cassandra", () => {
    expect(toHex(encodeBigEndianLong(123456789n))).toBe("00000000075bcd15");
  });

  test("the documents' 0x0000000006d30af4 is 114494196, not the decimal beside it", () => {
    expect(decodeBigEndianLong(fromHex("0x0000000006d30af4")).value).toBe(114494196n);
  });

  test("FIXED_LONG flips the sign bit", () => {
    expect(toHex(encodeFixedLong(0n))).toBe("8000000000000000");
    expect(toHex(encodeFixedLong(LONG_MIN))).toBe("0000000000000000");
  });
});

describe("round trips", () => {
  test.each([
    ["VAR_LONG", encodeVarLong, decodeVarLong],
    ["VAR_SIGNED_LONG", encodeVarSignedLong, decodeVarSignedLong],
    ["FIXED_LONG", encodeFixedLong, decodeFixedLong],
    ["big-endian", encodeBigEndianLong, decodeBigEndianLong],
  ] as const)("%s, at any offset", (_name, encode, decode) => {
    fc.assert(
      fc.property(
        long,
        fc.uint8Array({ maxLength: 4 }),
        fc.uint8Array({ maxLength: 4 }),
        (value, before, after) => {
          const encoded = encode(value);
          const decoded = decode(Uint8Array.from([...before, ...encoded, ...after]), before.length);
          expect(decoded).toEqual({ value, length: encoded.length });
        },
      ),
    );
  });

  test.each([
    ["VAR_LONG", encodeVarLong, natural],
    ["VAR_SIGNED_LONG", encodeVarSignedLong, long],
    ["FIXED_LONG", encodeFixedLong, long],
  ] as const)("%s orders bytes as values, and its complement the other way", (_name, encode, values) => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const expected = a < b ? -1 : a > b ? 1 : 0;
        expect(Math.sign(compareBytes(encode(a), encode(b)))).toBe(expected);
        expect(Math.sign(compareBytes(flip(encode(a)), flip(encode(b))))).toBe(
          expected === 0 ? 0 : -expected,
        );
      }),
    );
  });

  test("hexadecimal", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
    expect(fromHex("\\xAb00")).toEqual(Uint8Array.of(0xab, 0));
  });
});

describe("refusals", () => {
  test.each(["", "80", "c040", "ff", "ff80ffffffffffffff", "8001", "8000"])("VAR_LONG of %j", (hex) => {
    expect(() => decodeVarLong(fromHex(hex))).toThrow(AppError);
  });

  test.each(["", "c0", "ff", "ffff", "c001", "3fff"])("VAR_SIGNED_LONG of %j", (hex) => {
    expect(() => decodeVarSignedLong(fromHex(hex))).toThrow(AppError);
  });

  test("any bytes decode to what encodes to the same bytes, or are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 11 }), (bytes) => {
        for (const [decode, encode] of [
          [decodeVarLong, encodeVarLong],
          [decodeVarSignedLong, encodeVarSignedLong],
        ] as const) {
          const decoded = attempt(() => decode(bytes));
          if (decoded === null) continue;
          expect(toHex(encode(decoded.value))).toBe(toHex(bytes.subarray(0, decoded.length)));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("values outside 64 bits, odd digits, no digits", () => {
    expect(() => encodeVarLong(LONG_MAX + 1n)).toThrow(AppError);
    expect(() => encodeFixedLong(LONG_MIN - 1n)).toThrow(AppError);
    expect(() => fromHex("0xabc")).toThrow(AppError);
    expect(() => fromHex("zz")).toThrow(AppError);
    expect(() => decodeFixedLong(new Uint8Array(7))).toThrow(AppError);
    expect(() => decodeBigEndianLong(new Uint8Array(7))).toThrow(AppError);
  });
});

/** The result, or null for a refusal; any other error is thrown on. */
function attempt<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
