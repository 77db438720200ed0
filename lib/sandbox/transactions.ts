import { decodeVarLong, encodeVarLong } from "#lib/atlasdb/encoding.ts";
import { PUNCH_COLUMN, encodePunchRow } from "#lib/atlasdb/punch.ts";
import { PUNCH_TABLE, TRANSACTIONS_TABLE } from "#lib/atlasdb/tables.ts";
import type { CellWriter } from "#lib/sandbox/service-store.ts";
import type { TimestampSource } from "#lib/sandbox/timestamp-source.ts";

/** How one transaction ended; `commit` is its commit timestamp, or null where it was aborted. */
export type TransactionEnd = { readonly start: bigint; readonly commit: bigint | null };

/** Where random choices come from: a number from 0 up to, not including, 1. */
export type Random = () => number;

const COMMIT_COLUMN = Uint8Array.of(0x74);
const VALUE_COLUMN = new TextEncoder().encode("v");
const ABORTED = encodeVarLong(-1n);
const ROWS = 40;
const DELETE_SHARE = 0.08;
const ABORT_SHARE = 0.04;

/**
 * One transaction as AtlasDB writes it: a start timestamp, a cell at it (an empty value deletes), a commit timestamp, and the entry that
 * commits or aborts, put only if absent. Source: atlasdb-facts D.2, F.2 (schema 1)
 */
export async function runTransaction(
  cells: CellWriter,
  source: TimestampSource,
  tables: readonly string[],
  random: Random,
): Promise<TransactionEnd> {
  const start = await source.fresh();
  const table = tables[Math.floor(random() * tables.length)] ?? "";
  const deletes = random() < DELETE_SHARE;
  await cells.putCell(table, {
    row: new TextEncoder().encode(`${table}-${Math.floor(random() * ROWS)}`),
    column: VALUE_COLUMN,
    timestamp: start,
    value: deletes ? new Uint8Array() : new TextEncoder().encode(`written at ${start}`),
  });
  const commit = await source.fresh();
  const ended = random() < ABORT_SHARE ? null : commit;
  await commitTransaction(cells, start, ended);
  return { start, commit: ended };
}

/** The entry that commits a transaction, or aborts it with null, put only if absent. */
export async function commitTransaction(
  cells: CellWriter,
  start: bigint,
  commit: bigint | null,
): Promise<void> {
  await cells.putUnlessExists(TRANSACTIONS_TABLE, {
    row: encodeVarLong(start),
    column: COMMIT_COLUMN,
    timestamp: 0n,
    value: commit === null ? ABORTED : encodeVarLong(commit),
  });
}

/** Records that `timestamp` was committed at this wall-clock time, as AtlasDB does about once a minute. Source: atlasdb-facts F.4 */
export async function punch(cells: CellWriter, timestamp: bigint, wallMillis: bigint): Promise<void> {
  await cells.putCell(PUNCH_TABLE, {
    row: encodePunchRow(wallMillis),
    column: PUNCH_COLUMN,
    timestamp,
    value: encodeVarLong(timestamp),
  });
}

/** The commit timestamp of an entry's bytes; null for an aborted one. */
export function decodeCommit(value: Uint8Array): bigint | null {
  const { value: commit } = decodeVarLong(value);
  return commit === -1n ? null : commit;
}
