import type { CellBlock } from "#lib/mover/cell-block.ts";
import type { KeyRange } from "#lib/mover/key-range.ts";
import { type PageSize, readPages } from "#lib/stores/cassandra/cell-pages.ts";
import { type Segment, segmentsOf } from "#lib/stores/cassandra/cell-places.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";

/**
 * Every version in a range of a table of a byte-ordered cluster, in key order, as `CellSource.readVersions` promises. `table` is quoted and
 * qualified; `size` may be shared by all reads of it. @throws AdapterError effect `none`
 */
export async function* readVersions(
  session: CopySession,
  table: string,
  range: KeyRange,
  size: PageSize,
): AsyncGenerator<CellBlock, void, undefined> {
  for (const segment of segmentsOf(range)) {
    if (segment.kind === "partition") yield* partitionPages(session, table, segment, size);
    else yield* rowsPages(session, table, segment, size);
  }
}

type RowsSegment = Extract<Segment, { readonly kind: "rows" }>;
type PartitionSegment = Extract<Segment, { readonly kind: "partition" }>;

function partitionPages(
  session: CopySession,
  table: string,
  { key, from, to }: PartitionSegment,
  size: PageSize,
): AsyncGenerator<CellBlock, void, undefined> {
  const ends = [
    ...(from === null ? [] : [{ clause: " AND column1 >= ?", param: from }]),
    ...(to === null ? [] : [{ clause: " AND column1 < ?", param: to }]),
  ];
  const cql = `SELECT column1, column2, value FROM ${table} WHERE key = ?${ends.map(({ clause }) => clause).join("")}`;
  return readPages(session, cql, [key, ...ends.map(({ param }) => param)], { size, fixedKey: key });
}

/** A byte-ordered cluster makes tokens of keys, so a stretch of keys is a stretch of tokens. */
function rowsPages(
  session: CopySession,
  table: string,
  { from, to }: RowsSegment,
  size: PageSize,
): AsyncGenerator<CellBlock, void, undefined> {
  const ends = [
    ...(from === null
      ? []
      : [{ clause: `token(key) ${from.inclusive ? ">=" : ">"} token(?)`, param: from.key }]),
    ...(to === null ? [] : [{ clause: "token(key) < token(?)", param: to }]),
  ];
  const where = ends.length === 0 ? "" : ` WHERE ${ends.map(({ clause }) => clause).join(" AND ")}`;
  const cql = `SELECT key, column1, column2, value FROM ${table}${where}`;
  return readPages(
    session,
    cql,
    ends.map(({ param }) => param),
    { size },
  );
}
