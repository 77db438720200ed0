import { decodeFixedLong, encodeFixedLong } from "#lib/atlasdb/encoding.ts";
import { InvariantError } from "#lib/errors.ts";
import type { CellKey, KeyRange } from "#lib/mover/key-range.ts";

/**
 * A part of a table that one statement reads. `partition`: the cells of one row, columns from `from` (inclusive) to `to` (exclusive); null is
 * the row's own end. `rows`: whole rows between two others, or between two tokens. `sameToken`: the rows behind `behind` that share its token.
 */
export type Segment =
  | {
      readonly kind: "partition";
      readonly key: Buffer;
      readonly from: Buffer | null;
      readonly to: Buffer | null;
    }
  | { readonly kind: "rows"; readonly from: RowBound | null; readonly to: RowBound | null }
  | {
      readonly kind: "sameToken";
      readonly token: bigint;
      readonly behind: Buffer | null;
      readonly before: Buffer | null;
    };

/** The end of a stretch of rows: a row key where they are ordered by key, else a token. */
export type RowBound = { readonly at: Buffer | bigint; readonly inclusive: boolean };

/**
 * Where a cell stands in the order in which the cluster keeps rows. Byte-ordered: the cell's own key. Murmur3: rows stand by token first,
 * so a place has the token's 8 bytes (ordered as values) in front of the row's; the same comparison of bytes then gives the right order
 * everywhere. An empty row behind a token is the first place of that token. Source: Cassandra, DecoratedKey.compareTo
 */
export function tokenPlace(token: bigint, row: Buffer, column: Buffer): CellKey {
  return { row: Buffer.concat([encodeFixedLong(token), row]), column };
}

type TokenPlace = { readonly token: bigint; readonly row: Buffer; readonly column: Buffer };

function readTokenPlace({ row, column }: CellKey): TokenPlace {
  if (row.length < 8) throw new InvariantError("a place of a Murmur3 store starts with a token");
  return { token: decodeFixedLong(row).value, row: row.subarray(8), column };
}

/** The parts of a range of a byte-ordered cluster, in the order of their cells. */
export function orderedSegments({ from, to }: KeyRange): readonly Segment[] {
  if (from !== null && to !== null && from.row.equals(to.row)) {
    return [{ kind: "partition", key: from.row, from: columnOrNull(from.column), to: to.column }];
  }
  const head = from !== null && from.column.length > 0;
  const rows: Segment = {
    kind: "rows",
    from: from === null ? null : { at: from.row, inclusive: !head },
    to: to === null ? null : { at: to.row, inclusive: false },
  };
  return [
    ...(head ? [{ kind: "partition", key: from.row, from: from.column, to: null } as const] : []),
    rows,
    ...(to !== null && to.column.length > 0
      ? [{ kind: "partition", key: to.row, from: null, to: to.column } as const]
      : []),
  ];
}

/** The parts of a range of a Murmur3 cluster, in the order of their cells. */
export function tokenSegments(range: KeyRange): readonly Segment[] {
  const from = range.from === null ? null : readTokenPlace(range.from);
  const to = range.to === null ? null : readTokenPlace(range.to);
  if (from !== null && to !== null && from.token === to.token) return withinToken(from, to);
  const head = from === null || from.row.length === 0 ? [] : withinToken(from, null);
  const tail =
    to === null || to.row.length === 0 ? [] : withinToken({ ...to, row: EMPTY, column: EMPTY }, to);
  const rows: Segment = {
    kind: "rows",
    from: from === null ? null : { at: from.token, inclusive: head.length === 0 },
    to: to === null ? null : { at: to.token, inclusive: false },
  };
  return [...head, rows, ...tail];
}

const EMPTY = Buffer.alloc(0);

function columnOrNull(column: Buffer): Buffer | null {
  return column.length === 0 ? null : column;
}

/** The cells of one token's rows; nearly always there is one. `to` null: to the token's end. */
function withinToken(from: TokenPlace, to: TokenPlace | null): readonly Segment[] {
  if (to !== null && from.row.length > 0 && from.row.equals(to.row)) {
    return [{ kind: "partition", key: from.row, from: columnOrNull(from.column), to: to.column }];
  }
  const first: Segment[] =
    from.row.length === 0
      ? []
      : [{ kind: "partition", key: from.row, from: columnOrNull(from.column), to: null }];
  const between: Segment = {
    kind: "sameToken",
    token: from.token,
    behind: from.row.length === 0 ? null : from.row,
    before: to?.row ?? null,
  };
  const last: Segment[] =
    to === null || to.column.length === 0
      ? []
      : [{ kind: "partition", key: to.row, from: null, to: to.column }];
  return [...first, between, ...last];
}
