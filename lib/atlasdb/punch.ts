import { decodeVarLong, encodeVarLong, flip } from "#lib/atlasdb/encoding.ts";
import { AppError } from "#lib/errors.ts";

/** The only column of `_punch`: `t`. Source: atlasdb-facts F.4 */
export const PUNCH_COLUMN = Uint8Array.of(0x74);

/**
 * The row of `_punch` for a wall-clock time in milliseconds: VAR_LONG, descending, so that the newest row comes first.
 * Source: atlasdb-facts F.4, I
 */
export function encodePunchRow(wallMillis: bigint): Uint8Array {
  return flip(encodeVarLong(wallMillis));
}

/** The wall-clock time in milliseconds of a `_punch` row. @throws AppError `invalid` when it is no such row */
export function decodePunchRow(row: Uint8Array): bigint {
  return decodeVarLong(flip(row)).value;
}

/** The timestamp in a `_punch` value; it equals the AtlasDB timestamp of its cell. @throws AppError `invalid` when malformed */
export function decodePunchValue(value: Uint8Array): bigint {
  return decodeVarLong(value).value;
}

/** What `decode` gives, or null where the bytes are not what AtlasDB writes. */
export function decodedOrNull(decode: () => bigint): bigint | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
