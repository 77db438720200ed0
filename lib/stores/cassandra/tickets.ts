import { decodeVarLong, encodeBigEndianLong, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { decodedOrNull } from "#lib/atlasdb/punch.ts";

/** How many start timestamps share one quantum, and how many rows it is spread over. Source: atlasdb-facts F.2 (TicketsCellEncodingStrategy) */
export const QUANTUM = 25_000_000n;
const ROWS = 16n;

/** The rows of a quantum of `_transactions2`: the reversed bits of `quantum * 16 + remainder`. Source: atlasdb-facts F.2, I */
export function ticketRows(quantum: bigint): readonly { readonly remainder: bigint; readonly key: string }[] {
  return Array.from({ length: 16 }, (_, index) => {
    const remainder = BigInt(index);
    return { remainder, key: toHex(encodeBigEndianLong(reverseBits(quantum * ROWS + remainder))) };
  });
}

function reverseBits(value: bigint): bigint {
  const bits = BigInt.asUintN(64, value).toString(2).padStart(64, "0");
  return BigInt.asIntN(64, BigInt(`0b${bits.split("").toReversed().join("")}`));
}

/** The start timestamp of a cell; null where its column is not what AtlasDB writes. Source: atlasdb-facts F.2 */
export function newestOfRow(quantum: bigint, remainder: bigint, column1: string): bigint | null {
  const column = decodedOrNull(() => decodeVarLong(fromHex(column1)).value);
  return column === null || column < 0n ? null : quantum * QUANTUM + column * ROWS + remainder;
}

/**
 * The commit timestamp of a cell: schema 2 stores VAR_LONG(commit - start), schema 3 appends one byte. Null for an aborted or staged
 * transaction, and for the single bytes 00 and 01, which mean different things in the two schemas. Source: atlasdb-facts F.2
 */
export function decodeTicketsCommit(start: bigint, value: string): bigint | null {
  if (value === "" || value === "00" || value === "01") return null;
  const bytes = fromHex(value);
  const length = decodedOrNull(() => BigInt(decodeVarLong(bytes).length));
  const difference = decodedOrNull(() => decodeVarLong(bytes).value);
  if (length === null || difference === null || difference < 0n) return null;
  const suffix = value.slice(2 * decodeVarLong(bytes).length);
  return suffix === "" || suffix === "01" ? start + difference : null;
}
