import type { KeyRange } from "#lib/mover/key-range.ts";

/**
 * A part of a table that one statement reads. `partition`: the cells of one row, columns from `from` (inclusive) to `to` (exclusive); null is
 * the row's own end. `rows`: whole rows from one key to before another; null is the table's own end.
 */
export type Segment =
  | {
      readonly kind: "partition";
      readonly key: Buffer;
      readonly from: Buffer | null;
      readonly to: Buffer | null;
    }
  | { readonly kind: "rows"; readonly from: RowBound | null; readonly to: Buffer | null };

/** Where rows start: at a key, or behind it. */
export type RowBound = { readonly key: Buffer; readonly inclusive: boolean };

/** The parts of a range, in the order of their cells. */
export function segmentsOf({ from, to }: KeyRange): readonly Segment[] {
  if (from !== null && to !== null && from.row.equals(to.row)) {
    return [{ kind: "partition", key: from.row, from: columnOrNull(from.column), to: to.column }];
  }
  const head = from !== null && from.column.length > 0;
  return [
    ...(head ? [{ kind: "partition", key: from.row, from: from.column, to: null } as const] : []),
    {
      kind: "rows",
      from: from === null ? null : { key: from.row, inclusive: !head },
      to: to === null ? null : to.row,
    },
    ...(to !== null && to.column.length > 0
      ? [{ kind: "partition", key: to.row, from: null, to: to.column } as const]
      : []),
  ];
}

function columnOrNull(column: Buffer): Buffer | null {
  return column.length === 0 ? null : column;
}
