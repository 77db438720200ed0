import {
  compareBytes,
  decodeBigEndianLong,
  decodeVarLong,
  encodeBigEndianLong,
  encodeVarLong,
} from "#lib/atlasdb/encoding.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

/** How a store keeps which transactions committed when. Schema 4 is refused, as by AtlasDB itself. Source: atlasdb-facts F.2 */
export const TRANSACTIONS_SCHEMAS = [1, 2, 3] as const;
export type TransactionsSchema = (typeof TRANSACTIONS_SCHEMAS)[number];

/** The tables of schema 1, and of the schemas 2 and 3. Source: atlasdb-facts F.2 */
export const TRANSACTIONS_TABLES = { 1: "_transactions", 2: "_transactions2", 3: "_transactions2" } as const;

/** The timestamp at which every entry is written. Source: atlasdb-facts F.2 */
export const TRANSACTIONS_CELL_TIMESTAMP = 0n;

/** The write time of a committed entry of schema 3 on Cassandra: AtlasDB's setOnce. Source: atlasdb-facts E.3, F.2 */
export const SET_ONCE_WRITE_TIME = 9_223_372_036_854_775_797n;

/** How many start timestamps share one partition of schemas 2 and 3, and over how many rows they are spread. Source: atlasdb-facts F.2 */
export const PARTITION_QUANTUM = 25_000_000n;
export const ROWS_PER_PARTITION = 16n;

const SCHEMA_1_COLUMN = Uint8Array.of(0x74);
const SCHEMA_1_ABORTED = encodeVarLong(-1n);
const COMMITTED = 0x01;
const STAGING = 0x00;

/** Where the entry of one start timestamp stands. */
export type TransactionCell = {
  readonly table: "_transactions" | "_transactions2";
  readonly row: Uint8Array;
  readonly column: Uint8Array;
};

/**
 * What an entry says. `settled` is false for schema 3's staging form: written, but not yet seen by anybody; AtlasDB's next reader would
 * settle it as it stands. No entry at all means that the transaction is in progress, or was given up without a trace.
 */
export type TransactionEntry =
  | { readonly outcome: "committed"; readonly commit: bigint; readonly settled: boolean }
  | { readonly outcome: "aborted"; readonly settled: boolean };

/** The cell of a start timestamp. @throws AppError `invalid` for a start below 0 */
export function transactionCell(schema: TransactionsSchema, start: bigint): TransactionCell {
  if (start < 0n) throw new AppError("invalid", `${start} cannot be a start timestamp.`);
  if (schema === 1)
    return { table: TRANSACTIONS_TABLES[1], row: encodeVarLong(start), column: SCHEMA_1_COLUMN };
  return {
    table: TRANSACTIONS_TABLES[schema],
    row: ticketRow(start / PARTITION_QUANTUM, start % ROWS_PER_PARTITION),
    column: encodeVarLong((start % PARTITION_QUANTUM) / ROWS_PER_PARTITION),
  };
}

/** One of the 16 rows of a partition of `_transactions2`: the reversed bits of `partition * 16 + remainder`. Source: atlasdb-facts F.2, I */
export function ticketRow(partition: bigint, remainder: bigint): Uint8Array {
  return encodeBigEndianLong(reverseBits(partition * ROWS_PER_PARTITION + remainder));
}

/** The start timestamp whose entry stands in a cell. @throws AppError `invalid` for a cell that AtlasDB would not write */
export function startOfCell(schema: TransactionsSchema, row: Uint8Array, column: Uint8Array): bigint {
  const start = schema === 1 ? schema1Start(row) : ticketStart(row, column);
  const cell = transactionCell(schema, start);
  if (compareBytes(cell.row, row) !== 0 || compareBytes(cell.column, column) !== 0) throw notOurs(schema);
  return start;
}

function schema1Start(row: Uint8Array): bigint {
  const { value, length } = decodeVarLong(row);
  if (length !== row.length || value < 0n) throw notOurs(1);
  return value;
}

function ticketStart(row: Uint8Array, column: Uint8Array): bigint {
  if (row.length !== 8) throw notOurs(2);
  const ticket = reverseBits(decodeBigEndianLong(row).value);
  const { value, length } = decodeVarLong(column);
  if (ticket < 0n || value < 0n || length !== column.length) throw notOurs(2);
  return (
    (ticket / ROWS_PER_PARTITION) * PARTITION_QUANTUM +
    value * ROWS_PER_PARTITION +
    (ticket % ROWS_PER_PARTITION)
  );
}

/** A committed transaction's value. @throws InvariantError unless start < commit */
export function committedValue(schema: TransactionsSchema, start: bigint, commit: bigint): Uint8Array {
  if (commit <= start) throw new InvariantError("a transaction commits after its start");
  if (schema === 1) return encodeVarLong(commit);
  const difference = encodeVarLong(commit - start);
  return schema === 2 ? difference : Uint8Array.of(...difference, COMMITTED);
}

/** The value that AtlasDB puts first in schema 3, before it is settled. */
export function stagingValue(start: bigint, commit: bigint): Uint8Array {
  return Uint8Array.of(...committedValue(2, start, commit), STAGING);
}

/** An aborted transaction's value. Source: atlasdb-facts F.2 */
export function abortedValue(schema: TransactionsSchema): Uint8Array {
  if (schema === 1) return SCHEMA_1_ABORTED;
  return schema === 2 ? new Uint8Array() : Uint8Array.of(COMMITTED);
}

/** What a value says of the transaction with that start. @throws AppError `invalid` for bytes that AtlasDB would not write */
export function decodeTransactionValue(
  schema: TransactionsSchema,
  start: bigint,
  value: Uint8Array,
): TransactionEntry {
  if (schema === 1) return schema1Entry(start, value);
  if (schema === 2) return ticketEntry(schema, start, value, true);
  const state = value.at(-1);
  if (state !== COMMITTED && state !== STAGING) throw notOurs(schema);
  return ticketEntry(schema, start, value.subarray(0, -1), state === COMMITTED);
}

function schema1Entry(start: bigint, value: Uint8Array): TransactionEntry {
  const { value: commit, length } = decodeVarLong(value);
  if (length !== value.length) throw notOurs(1);
  if (commit === -1n) return { outcome: "aborted", settled: true };
  if (commit <= start) throw notOurs(1);
  return { outcome: "committed", commit, settled: true };
}

function ticketEntry(
  schema: TransactionsSchema,
  start: bigint,
  value: Uint8Array,
  settled: boolean,
): TransactionEntry {
  if (value.length === 0) return { outcome: "aborted", settled };
  const { value: difference, length } = decodeVarLong(value);
  if (length !== value.length || difference <= 0n || difference > LONG_MAX - start) throw notOurs(schema);
  return { outcome: "committed", commit: start + difference, settled };
}

function notOurs(schema: TransactionsSchema): AppError {
  return new AppError(
    "invalid",
    `A cell of ${TRANSACTIONS_TABLES[schema]} is not what AtlasDB writes in transactions schema ${schema}.`,
  );
}

function reverseBits(value: bigint): bigint {
  let from = BigInt.asUintN(64, value);
  let reversed = 0n;
  for (let bit = 0; bit < 64; bit += 1) {
    reversed = (reversed << 1n) | (from & 1n);
    from >>= 1n;
  }
  return BigInt.asIntN(64, reversed);
}
