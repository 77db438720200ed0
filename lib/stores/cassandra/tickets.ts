import { decodeVarLong, encodeBigEndianLong, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { decodedOrNull } from "#lib/atlasdb/punch.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

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

/** The write time of cells that schema 3 has settled: Long.MAX - 10. Source: atlasdb-facts E.3, atlasdb-observed (Cassandra stores) */
const SETTLED_AT = LONG_MAX - 10n;

/**
 * The commit timestamp of a cell: schema 2 stores VAR_LONG(commit - start), schema 3 appends one byte, which its write time tells. Null for
 * an aborted or staged transaction. Source: atlasdb-facts F.2
 */
export function decodeTicketsCommit(start: bigint, value: string, writtenAt: bigint | null): bigint | null {
  if (writtenAt === SETTLED_AT) return value.endsWith("01") ? plainCommit(start, value.slice(0, -2)) : null;
  return plainCommit(start, value);
}

/** Anything behind the difference, such as the mark of a staged transaction, makes it no commit. */
function plainCommit(start: bigint, value: string): bigint | null {
  const bytes = fromHex(value);
  const difference = decodedOrNull(() => {
    const { value: decoded, length } = decodeVarLong(bytes);
    return length === bytes.length ? decoded : -1n;
  });
  return difference === null || difference <= 0n ? null : start + difference;
}
