import { column2Of } from "#lib/atlasdb/cassandra-layout.ts";
import { type CellBlock, CellBlockBuilder, RECORD_OVERHEAD } from "#lib/mover/cell-block.ts";
import type { KeyRange } from "#lib/mover/key-range.ts";
import { type Page, PageSize, readPages } from "#lib/stores/cassandra/cell-pages.ts";
import { type Segment, segmentsOf } from "#lib/stores/cassandra/cell-places.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import type { RowIndex } from "#lib/stores/cassandra/row-index.ts";

/** Bytes at which a block is handed over. */
const BLOCK_BYTES = 131_072;

/** Bytes of the largest block of more than one record. */
const BLOCK_BYTES_MAX = 1_048_576;

/** Rows that are on their way at once where each is read by itself, fewer while their cells are large; what one page is meant to hold. */
const ROWS_AHEAD_MAX = 64;
const ROWS_AHEAD_MIN = 2;
const ROW_PAGE_BYTES = 65_536;

/**
 * Every version in a range of a table, in key order, as `CellSource.readVersions` promises. `table` is quoted and qualified; `index` is
 * there for clusters that are not byte-ordered. @throws AdapterError effect `none`
 */
export async function* readVersions(
  session: CopySession,
  index: RowIndex | null,
  table: string,
  range: KeyRange,
): AsyncGenerator<CellBlock, void, undefined> {
  const builder = new CellBlockBuilder(2 * BLOCK_BYTES);
  const size = new PageSize();
  for (const segment of segmentsOf(range)) {
    for await (const page of pagesOf(session, index, table, segment, size)) {
      for (const { key, column1, column2, value } of page.rows) {
        const bytes = key.length + column1.length + value.length + RECORD_OVERHEAD;
        if (builder.count > 0 && builder.byteLength + bytes > BLOCK_BYTES_MAX) yield builder.take();
        builder.add(key, column1, column2Of(column2), value);
        if (builder.byteLength >= BLOCK_BYTES) yield builder.take();
      }
    }
  }
  if (builder.count > 0) yield builder.take();
}

type RowsSegment = Extract<Segment, { readonly kind: "rows" }>;
type PartitionSegment = Extract<Segment, { readonly kind: "partition" }>;

async function* pagesOf(
  session: CopySession,
  index: RowIndex | null,
  table: string,
  segment: Segment,
  size: PageSize,
): AsyncGenerator<Page, void, undefined> {
  if (segment.kind === "partition") yield* partitionPages(session, table, segment, size);
  else if (index === null) yield* rowsPages(session, table, segment, size);
  else yield* rowByRow(session, index, table, segment);
}

function partitionPages(
  session: CopySession,
  table: string,
  { key, from, to }: PartitionSegment,
  size: PageSize,
): AsyncGenerator<Page, void, undefined> {
  const ends = [
    ...(from === null ? [] : [{ clause: " AND column1 >= ?", param: from }]),
    ...(to === null ? [] : [{ clause: " AND column1 < ?", param: to }]),
  ];
  const cql = `SELECT column1, column2, value FROM ${table} WHERE key = ?${ends.map(({ clause }) => clause).join("")}`;
  return readPages(session, cql, [key, ...ends.map(({ param }) => param)], size, key);
}

/** A byte-ordered cluster makes tokens of keys, so a stretch of keys is a stretch of tokens. */
function rowsPages(
  session: CopySession,
  table: string,
  { from, to }: RowsSegment,
  size: PageSize,
): AsyncGenerator<Page, void, undefined> {
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
    size,
  );
}

/** Row by row in key order, the next ones on their way. */
async function* rowByRow(
  session: CopySession,
  index: RowIndex,
  table: string,
  { from, to }: RowsSegment,
): AsyncGenerator<Page, void, undefined> {
  const keys = await index.keysOf(table);
  const size = new PageSize(ROW_PAGE_BYTES);
  const first = from === null ? 0 : keys.firstFrom(from.key);
  const skipsFirst =
    from !== null && !from.inclusive && first < keys.length && keys.at(first).equals(from.key);
  const end = to === null ? keys.length : keys.firstFrom(to);
  const ahead: {
    readonly pages: AsyncGenerator<Page, void, undefined>;
    readonly first: Promise<IteratorResult<Page, void>>;
  }[] = [];
  let next = first + (skipsFirst ? 1 : 0);
  for (;;) {
    const room = Math.max(ROWS_AHEAD_MIN, Math.min(size.rows, ROWS_AHEAD_MAX));
    while (ahead.length < room && next < end) {
      const pages = partitionPages(
        session,
        table,
        { kind: "partition", key: keys.at(next), from: null, to: null },
        size,
      );
      const begun = pages.next();
      // Nobody may be there to hear of it when the reader stops early.
      begun.catch(() => undefined);
      ahead.push({ pages, first: begun });
      next += 1;
    }
    const current = ahead.shift();
    if (current === undefined) return;
    for (let page = await current.first; page.done !== true; page = await current.pages.next())
      yield page.value;
  }
}
