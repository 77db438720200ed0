import { types } from "cassandra-driver";

import {
  COORDINATION_ROW,
  type CoordinationState,
  decodeMapping,
  decodePointer,
  DEFAULT_MAPPING,
  mappingColumn,
  POINTER_COLUMN,
  schemaAt,
  type SchemaMapping,
} from "#lib/atlasdb/coordination.ts";
import {
  decodeTransactionValue,
  startOfCell,
  type TransactionEntry,
  TRANSACTIONS_CELL_TIMESTAMP,
  transactionCell,
  TRANSACTIONS_TABLES,
} from "#lib/atlasdb/transactions.ts";
import { column2Of } from "#lib/atlasdb/cassandra-layout.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import { type CellBlock, CellCursor } from "#lib/mover/cell-block.ts";
import { ABORTED, type CommitBatch, type CommitReader, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { PageSize, readPages, readSome } from "#lib/stores/cassandra/cell-pages.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { readSizeEstimate } from "#lib/stores/cassandra/size-estimates.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";

/** Look-ups in flight. */
const AT_ONCE = 128;

/** Entries up to which they are counted by reading them, and kept until they are asked for: 3 MB. Above, the server's statistics must do. */
const COUNTED_MAX = 200_000;

/** Bytes that the server counts for an entry at least. */
const ENTRY_BYTES = 30;

/** Every entry stands at timestamp 0. */
const COLUMN2 = column2Of(TRANSACTIONS_CELL_TIMESTAMP);

/**
 * A Cassandra store's record of commits, by the schema that `_coordination` names for each start. Opened once for a source that nobody
 * writes. @throws AdapterError effect `none`
 */
export async function openCommitReader(session: CopySession): Promise<CommitReader> {
  const state = await readCoordination(session);
  const mapping = state?.mapping ?? DEFAULT_MAPPING;
  const tables = [...new Set(mapping.map(({ schema }) => TRANSACTIONS_TABLES[schema]))];
  // What was read to be counted is what is read next, as a rule.
  let counted: readonly CommitBatch[] | null = null;
  return {
    async estimateEntries() {
      counted = await readFew(readAll(session, mapping, tables));
      return counted === null ? estimateLarge(session, tables) : entriesIn(counted);
    },
    async *readAll() {
      const known = counted;
      counted = null;
      yield* known ?? readAll(session, mapping, tables);
    },
    lookUp: async (starts) => lookUp(session, mapping, starts),
  };
}

/**
 * The row of `_coordination` that says which schema holds when, read at SERIAL as AtlasDB does (LOCAL_SERIAL there); null for a store
 * without one, which then has schema 1. @throws AdapterError effect `none`; `coordination-unreadable` for what AtlasDB would not write
 */
export async function readCoordination(session: CopySession): Promise<CoordinationState> {
  const raw = await readCoordinationCell(session, POINTER_COLUMN);
  if (raw === null) return null;
  const pointer = told(() => decodePointer(raw));
  const value = await readCoordinationCell(session, mappingColumn(pointer.sequence));
  if (value === null) throw unreadable("The pointer in its _coordination table leads nowhere.");
  return { pointer, mapping: told(() => decodeMapping(value)) };
}

async function readCoordinationCell(session: CopySession, column: Uint8Array): Promise<Uint8Array | null> {
  const table = qualified({ keyspace: session.keyspace, table: "_coordination" });
  const rows = await readSome(
    session,
    `SELECT value FROM ${table} WHERE key = ? AND column1 = ? AND column2 = ?`,
    [Buffer.from(COORDINATION_ROW), Buffer.from(column), COLUMN2],
    { rows: 1, consistency: types.consistencies.serial },
  ).catch((error: unknown) => {
    // A keyspace that no AtlasDB of the last years has opened.
    if (error instanceof AdapterError && error.code === "table-missing") return [];
    throw error;
  });
  const value: unknown = rows[0]?.["value"];
  return Buffer.isBuffer(value) && value.length > 0 ? value : null;
}

/** Turns what the pure decoders refuse into a failure of the store. */
function told<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof AppError) throw unreadable(error.message, error);
    throw error;
  }
}

function unreadable(why: string, cause?: unknown): AdapterError {
  return new AdapterError(
    "coordination-unreadable",
    "none",
    `The store's transactions cannot be read with certainty. ${why} Nothing was changed in the store.`,
    { cause },
  );
}

/** All entries, or null where there are more than are worth it. */
async function readFew(batches: AsyncIterable<CommitBatch>): Promise<readonly CommitBatch[] | null> {
  const few: CommitBatch[] = [];
  for await (const batch of batches) {
    few.push(batch);
    if (entriesIn(few) > COUNTED_MAX) return null;
  }
  return few;
}

function entriesIn(batches: readonly CommitBatch[]): number {
  return batches.reduce((sum, { starts }) => sum + starts.length, 0);
}

/** From the server's statistics: an entry is about as large everywhere. */
async function estimateLarge(session: CopySession, tables: readonly string[]): Promise<number | null> {
  let total = 0;
  for (const table of tables) {
    const { bytes } = await readSizeEstimate(session, table);
    if (bytes === null) return null;
    total += Math.ceil(bytes / ENTRY_BYTES);
  }
  return total;
}

async function* readAll(
  session: CopySession,
  mapping: SchemaMapping,
  tables: readonly string[],
): AsyncGenerator<CommitBatch, void, undefined> {
  for (const table of tables) {
    const name = qualified({ keyspace: session.keyspace, table });
    const pages = readPages(session, `SELECT key, column1, column2, value FROM ${name}`, [], {
      size: new PageSize(),
    });
    for await (const block of pages) yield entriesOf(mapping, table, block);
  }
}

function entriesOf(mapping: SchemaMapping, table: string, block: CellBlock): CommitBatch {
  const starts = new BigInt64Array(block.count);
  const commits = new BigInt64Array(block.count);
  const cursor = new CellCursor();
  let count = 0;
  cursor.reset(block);
  while (cursor.next()) {
    if (cursor.timestamp !== TRANSACTIONS_CELL_TIMESTAMP) continue;
    const entry = told(() => entryOfCell(mapping, table, cursor.row, cursor.column, cursor.value));
    if (entry === null) continue;
    starts[count] = entry.start;
    commits[count] = entry.commit;
    count += 1;
  }
  return { starts: starts.slice(0, count), commits: commits.slice(0, count) };
}

/** Null for an entry in the table of a schema that does not hold at its start: AtlasDB looks elsewhere. */
function entryOfCell(
  mapping: SchemaMapping,
  table: string,
  row: Uint8Array,
  column: Uint8Array,
  value: Uint8Array,
): { readonly start: bigint; readonly commit: bigint } | null {
  const start = startOfCell(table === TRANSACTIONS_TABLES[1] ? 1 : 2, row, column);
  if (start < 1n) return null;
  const schema = schemaAt(mapping, start);
  if (TRANSACTIONS_TABLES[schema] !== table) return null;
  return { start, commit: commitOf(decodeTransactionValue(schema, start, value)) };
}

/** An entry of schema 3 that is not settled yet counts as what it says: AtlasDB's next reader settles it so. Source: atlasdb-facts F.2 */
function commitOf(entry: TransactionEntry): bigint {
  return entry.outcome === "aborted" ? ABORTED : entry.commit;
}

async function lookUp(
  session: CopySession,
  mapping: SchemaMapping,
  starts: BigInt64Array,
): Promise<BigInt64Array> {
  const commits = new BigInt64Array(starts.length);
  let next = 0;
  const work = async () => {
    while (next < starts.length) {
      const index = next;
      next += 1;
      commits[index] = await lookUpOne(session, mapping, starts[index] ?? 0n);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, starts.length) }, work));
  return commits;
}

/**
 * The commit of one start. An entry that is not found is asked for once more at SERIAL: a put-if-absent that was accepted and then cut short
 * would be finished by AtlasDB's own reader, and counts.
 */
async function lookUpOne(session: CopySession, mapping: SchemaMapping, start: bigint): Promise<bigint> {
  return (
    (await readTransaction(session, mapping, start, types.consistencies.localQuorum)) ??
    (await readTransaction(session, mapping, start, types.consistencies.serial)) ??
    IN_PROGRESS
  );
}

/** A transaction's commit, `ABORTED`, or null where it has no entry. @throws AdapterError effect `none` */
export async function readTransaction(
  session: CopySession,
  mapping: SchemaMapping,
  start: bigint,
  consistency: types.consistencies,
): Promise<bigint | null> {
  const schema = schemaAt(mapping, start);
  const { table, row, column } = transactionCell(schema, start);
  const rows = await readSome(
    session,
    `SELECT value FROM ${qualified({ keyspace: session.keyspace, table })} WHERE key = ? AND column1 = ? AND column2 = ?`,
    [Buffer.from(row), Buffer.from(column), COLUMN2],
    { rows: 1, consistency },
  );
  const value: unknown = rows[0]?.["value"];
  if (!Buffer.isBuffer(value)) return null;
  return commitOf(told(() => decodeTransactionValue(schema, start, value)));
}
