import { z } from "zod";

/** The largest and smallest Java `long`. */
export const LONG_MAX = 2n ** 63n - 1n;
export const LONG_MIN = -(2n ** 63n);

/** How far AtlasDB raises the persisted bound above the value that it is about to issue. Source: atlasdb-facts A.5 */
export const ALLOCATION_BUFFER = 1_000_000n;

const DECIMAL = /^-?(0|[1-9][0-9]*)$/;

/** Reads a plain decimal as a Java `long`; null for anything else: signs, spaces, separators, exponents, out of range. */
export function parseLong(text: string): bigint | null {
  if (text.length > 20 || !DECIMAL.test(text) || text === "-0") return null;
  const value = BigInt(text);
  return value < LONG_MIN || value > LONG_MAX ? null : value;
}

/** A Java `long` on our own wire: a decimal string. */
export const longString = z.string().refine((text) => parseLong(text) !== null, {
  error: "must be a whole number between -9223372036854775808 and 9223372036854775807",
});

/** A Java `long` read from our own wire into a `bigint`. */
export const longFromString = longString.transform((text) => BigInt(text));

/** The 8 bytes of a Java `long`, big-endian two's complement, as `0x` and 16 hexadecimal digits. */
export function longToHex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16).padStart(16, "0")}`;
}

/** The larger of the given values. Needs at least one. */
export function maxLong(first: bigint, ...rest: readonly bigint[]): bigint {
  return rest.reduce((largest, value) => (value > largest ? value : largest), first);
}

/** Digits grouped by thin spaces for the eye; never for copying. */
export function groupDigits(decimal: string): string {
  return decimal.replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");
}
