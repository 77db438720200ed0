import { decodeVarLong, encodeVarLong } from "#lib/atlasdb/encoding.ts";
import { TRANSACTIONS_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { type CellBlock, CellCursor } from "#lib/mover/cell-block.ts";
import { type CommitBatch, type CommitReader, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { relationOf, type TableSite } from "#lib/stores/postgres/cell-tables.ts";
import { text } from "#lib/stores/postgres/connection.ts";
import type { KeptSession } from "#lib/stores/postgres/kept-session.ts";
import { copyOut } from "#lib/stores/postgres/copy-out.ts";
import { planCuts } from "#lib/stores/postgres/plan-cuts.ts";
import type { SessionPool } from "#lib/stores/postgres/session-pool.ts";

/** Bytes of a VAR_LONG that a double holds exactly: 49 bits. */
const EXACT_SIZE_MAX = 7;

/** `\x74`, the only column. Source: atlasdb-facts F.2 */
const ENTRIES = "col_name = decode('74', 'hex') AND ts = 0";

/** A VAR_LONG that is the whole of `bytes[start, end)`. @throws AdapterError `bad-commit` when it is not */
function wholeVarLong(bytes: Buffer, start: number, end: number): bigint {
  const size = end - start;
  if (size >= 1 && size <= EXACT_SIZE_MAX) {
    let value = bytes[start] ?? 0;
    // The leading bits say the size: size - 1 ones and a zero.
    if (value >> (8 - size) === 2 ** size - 2) {
      value &= 2 ** (8 - size) - 1;
      for (let at = start + 1; at < end; at += 1) value = value * 256 + (bytes[at] ?? 0);
      return BigInt(value);
    }
  }
  const { value, length } = decodeVarLong(bytes, start);
  if (length === size) return value;
  throw new AdapterError(
    "bad-commit",
    "none",
    `The transactions table holds ${bytes.toString("hex", start, end)}, which is no timestamp. Nothing was changed.`,
  );
}

/** Starts and commits of a block of `_transactions`. Schema 1: VAR_LONG both, -1 is aborted. Source: atlasdb-facts F.2 */
export function decodeCommits(block: CellBlock): CommitBatch {
  const starts = new BigInt64Array(block.count);
  const commits = new BigInt64Array(block.count);
  const cursor = new CellCursor();
  cursor.reset(block);
  for (let index = 0; cursor.next(); index += 1) {
    starts[index] = wholeVarLong(block.bytes, cursor.rowStart, cursor.rowEnd);
    commits[index] = wholeVarLong(block.bytes, cursor.valueStart, cursor.valueEnd);
  }
  return { starts, commits };
}

/** The transactions of a DbKVS, which always have schema 1; looked up on the kept session. Source: atlasdb-facts F.2 */
export function postgresCommitReader(
  reads: SessionPool,
  site: () => Promise<TableSite>,
  session: KeptSession,
): CommitReader {
  const relation = async () => relationOf(await site(), TRANSACTIONS_TABLE);
  return {
    async estimateEntries() {
      const table = await relation();
      const { estimate } = await reads.ask(async (connection) =>
        planCuts(connection, table, { bytes: 1, shardsMax: 2 }),
      );
      return estimate.versions;
    },
    async *readAll() {
      const query = `SELECT row_name, col_name, ts, val FROM ${await relation()} WHERE ${ENTRIES}`;
      for await (const block of copyOut(reads, query)) yield decodeCommits(block);
    },
    async lookUp(starts) {
      const table = await relation();
      const wanted = Array.from(starts, (start) => Buffer.from(encodeVarLong(start)).toString("hex"));
      const found = await session.query(
        `SELECT encode(row_name, 'hex') AS start, encode(coalesce(val, ''), 'hex') AS commit FROM ${table}
         WHERE ${ENTRIES} AND row_name = ANY (SELECT decode(start, 'hex') FROM unnest($1::text[]) AS start)`,
        [`{${wanted.join(",")}}`],
      );
      const byStart = new Map(found.map((row) => [text(row, "start"), text(row, "commit")]));
      return BigInt64Array.from(wanted, (start) => {
        const commit = byStart.get(start);
        return commit === undefined
          ? IN_PROGRESS
          : wholeVarLong(Buffer.from(commit, "hex"), 0, commit.length / 2);
      });
    },
  };
}
