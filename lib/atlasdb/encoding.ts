import { AppError } from "#lib/errors.ts";
import { LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

/** A value read from the front of some bytes, and how many bytes it took. */
export type Decoded = { readonly value: bigint; readonly length: number };

function malformed(message: string): AppError {
  return new AppError("invalid", message);
}

/**
 * AtlasDB's VAR_LONG of a Java `long`, 1 to 10 bytes: `size - 1` leading one bits, a zero, then the value big-endian. The order of the
 * bytes is the order of the values, with negative ones (as unsigned) behind all others.
 * Source: atlasdb-facts F.1, I (EncodingUtils.encodeUnsignedVarLong)
 */
export function encodeVarLong(value: bigint): Uint8Array {
  const unsigned = BigInt.asUintN(64, requireLong(value));
  let size = 1;
  while (size < 10 && unsigned >> BigInt(7 * size) !== 0n) size += 1;
  const prefix = ((1n << BigInt(size - 1)) - 1n) << BigInt(7 * size + 1);
  return bigEndian(prefix | unsigned, size);
}

/** Reads one VAR_LONG. @throws AppError `invalid` when bytes are missing, or are not what `encodeVarLong` writes */
export function decodeVarLong(bytes: Uint8Array, offset = 0): Decoded {
  const size = varLongSize(bytes, offset);
  if (bytes.length < offset + size) throw malformed("A VAR_LONG is cut short.");
  const all = fromBigEndian(bytes, offset, size);
  const unsigned = all & ((1n << BigInt(7 * size)) - 1n);
  if (unsigned >> 64n !== 0n) throw malformed("A VAR_LONG holds more than 64 bits.");
  if (size > 1 && unsigned >> BigInt(7 * (size - 1)) === 0n) {
    throw malformed("A VAR_LONG is longer than it needs to be.");
  }
  return { value: BigInt.asIntN(64, unsigned), length: size };
}

function varLongSize(bytes: Uint8Array, offset: number): number {
  let ones = 0;
  while (ones < 9) {
    const byte = bytes[offset + (ones >> 3)];
    if (byte === undefined) throw malformed("A VAR_LONG is cut short.");
    if (((byte >> (7 - (ones & 7))) & 1) === 0) break;
    ones += 1;
  }
  return ones + 1;
}

/**
 * AtlasDB's VAR_SIGNED_LONG: a sign bit, then as VAR_LONG; negative values are the complement of `-value - 1`. Ordered by bytes as by
 * value. Source: atlasdb-facts F.1, I (EncodingUtils.encodeSignedVarLong)
 */
export function encodeVarSignedLong(value: bigint): Uint8Array {
  const negative = requireLong(value) < 0n;
  const magnitude = negative ? -value - 1n : value;
  let size = 1;
  while (magnitude >> BigInt(7 * size - 1) !== 0n) size += 1;
  const prefix = ((1n << BigInt(size)) - 1n) << BigInt(7 * size);
  const positive = bigEndian(prefix | magnitude, size);
  return negative ? flip(positive) : positive;
}

/** Reads one VAR_SIGNED_LONG. @throws AppError `invalid` when bytes are missing or not canonical */
export function decodeVarSignedLong(bytes: Uint8Array, offset = 0): Decoded {
  const first = bytes[offset];
  if (first === undefined) throw malformed("A VAR_SIGNED_LONG is empty.");
  const negative = (first & 0x80) === 0;
  const positive = negative ? flip(bytes.subarray(offset, offset + 10)) : bytes.subarray(offset, offset + 10);
  let size = 0;
  for (let bit = 0; bit <= 10; bit += 1) {
    const byte = positive[bit >> 3];
    if (byte === undefined) throw malformed("A VAR_SIGNED_LONG is cut short.");
    if (((byte >> (7 - (bit & 7))) & 1) === 0) break;
    size += 1;
  }
  if (size > 10 || positive.length < size) throw malformed("A VAR_SIGNED_LONG is cut short.");
  const magnitude = fromBigEndian(positive, 0, size) & ((1n << BigInt(7 * size)) - 1n);
  const value = negative ? -magnitude - 1n : magnitude;
  if (value < LONG_MIN || value > LONG_MAX) throw malformed("A VAR_SIGNED_LONG holds more than 64 bits.");
  if (size > 1 && magnitude >> BigInt(7 * (size - 1) - 1) === 0n) {
    throw malformed("A VAR_SIGNED_LONG is longer than it needs to be.");
  }
  return { value, length: size };
}

/** AtlasDB's FIXED_LONG: 8 bytes big-endian with the sign bit flipped, so that bytes order as values. Source: atlasdb-facts F.1 */
export function encodeFixedLong(value: bigint): Uint8Array {
  return bigEndian(BigInt.asUintN(64, requireLong(value) - LONG_MIN), 8);
}

/** Reads one FIXED_LONG. @throws AppError `invalid` when fewer than 8 bytes are left */
export function decodeFixedLong(bytes: Uint8Array, offset = 0): Decoded {
  if (bytes.length < offset + 8) throw malformed("A FIXED_LONG needs 8 bytes.");
  return { value: fromBigEndian(bytes, offset, 8) + LONG_MIN, length: 8 };
}

/** A Java `long` as plain 8-byte big-endian two's complement, as Cassandra's `_timestamp` stores it. Source: atlasdb-facts C */
export function encodeBigEndianLong(value: bigint): Uint8Array {
  return bigEndian(BigInt.asUintN(64, requireLong(value)), 8);
}

/** Reads 8 bytes of big-endian two's complement. @throws AppError `invalid` when fewer than 8 bytes are left */
export function decodeBigEndianLong(bytes: Uint8Array, offset = 0): Decoded {
  if (bytes.length < offset + 8) throw malformed("A long needs 8 bytes.");
  return { value: BigInt.asIntN(64, fromBigEndian(bytes, offset, 8)), length: 8 };
}

/** All bits flipped: how AtlasDB stores a DESCENDING row or column component. Its own inverse. Source: atlasdb-facts F.1 */
export function flip(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => ~byte & 0xff);
}

/** Unsigned byte order, shorter first on a common prefix: the order of rows and columns in every store. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Lower-case hexadecimal digits without a prefix. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of hexadecimal digits in either case, with or without a `0x` or `\x` in front. @throws AppError `invalid` otherwise */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/^(0x|\\x)/, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw malformed("These are not whole bytes in hexadecimal digits.");
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) => hexByte(digits, index));
}

function hexByte(digits: string, index: number): number {
  const code = (at: number) => "0123456789abcdef".indexOf(digits.charAt(at).toLowerCase());
  return code(2 * index) * 16 + code(2 * index + 1);
}

function requireLong(value: bigint): bigint {
  if (value < LONG_MIN || value > LONG_MAX) throw malformed(`${value} is not a 64-bit value.`);
  return value;
}

function bigEndian(value: bigint, size: number): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * size, "0"));
}

function fromBigEndian(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let index = offset; index < offset + size; index += 1)
    value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return value;
}
