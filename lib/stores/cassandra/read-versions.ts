import { type CellBlock, CellBlockBuilder, RECORD_OVERHEAD } from "#lib/mover/cell-block.ts";
import type { KeyRange } from "#lib/mover/key-range.ts";
import { column2Of } from "#lib/atlasdb/cassandra-layout.ts";
import { type Page, PageSize, readPages, readSome } from "#lib/stores/cassandra/cell-pages.ts";
import {
  orderedSegments,
  type RowBound,
  type Segment,
  tokenSegments,
} from "#lib/stores/cassandra/cell-places.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";

/** Bytes at which a block is handed over. */
const BLOCK_BYTES = 131_072;

/** Bytes of the largest block of more than one record. */
const BLOCK_BYTES_MAX = 1_048_576;

/**
 * Every version in a range of a table, as `CellSource.readVersions` promises; rows in the order in which the cluster keeps them. `table` is
 * quoted and qualified. Two pages and one block are held at most. @throws AdapterError effect `none`
 */
export async function* readVersions(
  session: CopySession,
  table: string,
  range: KeyRange,
): AsyncGenerator<CellBlock, void, undefined> {
  const segments = session.ordered ? orderedSegments(range) : tokenSegments(range);
  const builder = new CellBlockBuilder(2 * BLOCK_BYTES);
  const size = new PageSize();
  for (const segment of segments) {
    for await (const page of pagesOf(session, table, segment, size)) {
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

async function* pagesOf(
  session: CopySession,
  table: string,
  segment: Segment,
  size: PageSize,
): AsyncGenerator<Page, void, undefined> {
  if (segment.kind === "sameToken") {
    for (const key of await keysOfToken(session, table, segment))
      yield* pagesOf(session, table, { kind: "partition", key, from: null, to: null }, size);
    return;
  }
  const { cql, params } =
    segment.kind === "partition" ? partitionCql(table, segment) : rowsCql(table, segment);
  yield* readPages(session, cql, params, size, segment.kind === "partition" ? segment.key : null);
}

type Statement = { readonly cql: string; readonly params: readonly (Buffer | bigint)[] };

function partitionCql(table: string, { key, from, to }: Segment & { kind: "partition" }): Statement {
  const ends = [
    ...(from === null ? [] : [{ clause: " AND column1 >= ?", param: from }]),
    ...(to === null ? [] : [{ clause: " AND column1 < ?", param: to }]),
  ];
  return {
    cql: `SELECT column1, column2, value FROM ${table} WHERE key = ?${ends.map(({ clause }) => clause).join("")}`,
    params: [key, ...ends.map(({ param }) => param)],
  };
}

function rowsCql(table: string, { from, to }: Segment & { kind: "rows" }): Statement {
  const ends = [...(from === null ? [] : [boundCql(from, ">")]), ...(to === null ? [] : [boundCql(to, "<")])];
  const where = ends.length === 0 ? "" : ` WHERE ${ends.map(({ clause }) => clause).join(" AND ")}`;
  return {
    cql: `SELECT key, column1, column2, value FROM ${table}${where}`,
    params: ends.map(({ param }) => param),
  };
}

/** Byte-ordered tokens are made from a key by the server; Murmur3's are numbers. */
function boundCql({ at, inclusive }: RowBound, sign: "<" | ">"): { clause: string; param: Buffer | bigint } {
  const compared = `token(key) ${sign}${inclusive ? "=" : ""}`;
  return { clause: typeof at === "bigint" ? `${compared} ?` : `${compared} token(?)`, param: at };
}

/** Rows whose keys happen to have one token, in the order in which the cluster keeps them. */
async function keysOfToken(
  session: CopySession,
  table: string,
  { token, behind, before }: Segment & { kind: "sameToken" },
): Promise<readonly Buffer[]> {
  const rows = await readSome(
    session,
    `SELECT DISTINCT key FROM ${table} WHERE token(key) >= ? AND token(key) <= ?`,
    [token, token],
  );
  return rows
    .map((row): unknown => row["key"])
    .filter((key) => Buffer.isBuffer(key))
    .filter((key) => behind === null || Buffer.compare(key, behind) > 0)
    .filter((key) => before === null || Buffer.compare(key, before) < 0);
}
