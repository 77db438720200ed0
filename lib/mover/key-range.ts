import { compareBytes } from "#lib/atlasdb/encoding.ts";

/**
 * A place in a table's order of cells: by row, then by column, each in unsigned byte order with the shorter first on a common prefix. Cells
 * have 1 to 1500 bytes of each (facts E.3); as a place, an empty column stands before the row's first cell.
 */
export type CellKey = { readonly row: Buffer; readonly column: Buffer };

/** The cells from `from` (inclusive) to `to` (exclusive); null is the table's own end. */
export type KeyRange = { readonly from: CellKey | null; readonly to: CellKey | null };

/** The whole table. */
export const WHOLE_TABLE: KeyRange = { from: null, to: null };

const EMPTY = Buffer.alloc(0);

/** The place before the first cell of `row`. */
export function rowStart(row: Buffer): CellKey {
  return { row, column: EMPTY };
}

/** Negative, zero or positive, as `a` is before, at or behind `b`. */
export function compareKeys(a: CellKey, b: CellKey): number {
  const rows = compareBytes(a.row, b.row);
  return rows === 0 ? compareBytes(a.column, b.column) : rows;
}

/** The first place behind `key`: where reading goes on after that cell. Nothing stands between the two. */
export function successor(key: CellKey): CellKey {
  return { row: key.row, column: Buffer.concat([key.column, Buffer.from([0])]) };
}

/** Whether no cell can be in the range. */
export function isEmptyRange({ from, to }: KeyRange): boolean {
  return from !== null && to !== null && compareKeys(from, to) >= 0;
}

/** What is left of the range when everything before `place` is done; null is "nothing". */
export function rangeFrom(range: KeyRange, place: CellKey | null): KeyRange | null {
  if (place === null) return null;
  const rest = { from: place, to: range.to };
  return isEmptyRange(rest) ? null : rest;
}

/**
 * Ranges that together are the whole table, in order and without overlap, cut at the given places. Places may come in any order and more
 * than once.
 */
export function cutRanges(places: readonly CellKey[]): readonly KeyRange[] {
  const sorted = places.toSorted(compareKeys);
  const distinct = sorted.filter((place, index) => {
    const before = sorted[index - 1];
    return before === undefined || compareKeys(before, place) !== 0;
  });
  const froms: readonly (CellKey | null)[] = [null, ...distinct];
  return froms.map((from, index) => ({ from, to: distinct[index] ?? null }));
}

/** A place as text for a person: hexadecimal digits, row and column. */
export function describeKey(key: CellKey): string {
  const row = key.row.toString("hex");
  return key.column.length === 0 ? row : `${row}:${key.column.toString("hex")}`;
}
