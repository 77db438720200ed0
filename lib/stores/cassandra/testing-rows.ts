import {
  cassandraPhysicalName,
  cassandraQualifiedName,
  column2Of,
  isHiddenInCassandra,
  METADATA_COLUMN,
  metadataRow,
} from "#lib/atlasdb/cassandra-layout.ts";
import {
  COORDINATION_ROW,
  decodeMapping,
  decodePointer,
  DEFAULT_MAPPING,
  encodeMapping,
  encodePointer,
  mappingColumn,
  POINTER_COLUMN,
  schemaAt,
  type SchemaMapping,
} from "#lib/atlasdb/coordination.ts";
import { compareBytes, toHex } from "#lib/atlasdb/encoding.ts";
import {
  abortedValue,
  committedValue,
  decodeTransactionValue,
  SET_ONCE_WRITE_TIME,
  stagingValue,
  startOfCell,
  TRANSACTIONS_SCHEMAS,
  TRANSACTIONS_TABLES,
  transactionCell,
} from "#lib/atlasdb/transactions.ts";
import {
  type ModelStore,
  type ModelTransaction,
  type ModelVersion,
  SOME_METADATA,
} from "#lib/mover/testing-store.ts";
import type { CassandraRow } from "#lib/stores/cassandra/testing-golden-rows.ts";

/** The rows that AtlasDB would have for a model, its own tables included; `_metadata` rows are at `METADATA_MILLIS`. */
export function rowsOfModel(store: ModelStore): CassandraRow[] {
  return [
    ...metadataRows([...OWN_TABLES.map((name) => ({ name, metadata: SOME_METADATA })), ...store.tables]),
    ...coordinationRows(store.mapping),
    ...Array.from(store.transactions, ([start, transaction]) =>
      transactionRow(store.mapping, start, transaction),
    ),
    ...store.tables.flatMap(({ name, versions }) =>
      versions.map(({ row, column, timestamp, value }) => ({
        table: cassandraPhysicalName(name),
        key: row,
        column1: column,
        column2: column2Of(timestamp),
        value,
        // Sentinels and AtlasDB's oldest writes carry another write time than their own.
        writeTime: timestamp > 0n ? timestamp : 1n,
      })),
    ),
  ];
}

/** AtlasDB's own tables that a model fills. */
const OWN_TABLES = ["_transactions", "_transactions2", "_coordination"] as const;

const METADATA_MILLIS = 1_795_254_360_550n;

function metadataRows(
  tables: readonly { readonly name: string; readonly metadata: Uint8Array }[],
): CassandraRow[] {
  return tables.map(({ name, metadata }) => ({
    table: "_metadata",
    key: metadataRow(name),
    column1: METADATA_COLUMN,
    column2: column2Of(METADATA_MILLIS),
    value: metadata,
    writeTime: METADATA_MILLIS,
  }));
}

function coordinationRows(mapping: SchemaMapping): CassandraRow[] {
  if (mapping === DEFAULT_MAPPING) return [];
  const last = (mapping.at(-1)?.from ?? 1n) + 1n;
  const cell = (column1: Uint8Array, value: Uint8Array) => ({
    table: "_coordination",
    key: COORDINATION_ROW,
    column1,
    column2: column2Of(0n),
    value,
    writeTime: 1n,
  });
  return [
    // An earlier mapping stays behind when another takes its place.
    cell(mappingColumn(1n), encodeMapping(DEFAULT_MAPPING)),
    cell(mappingColumn(last), encodeMapping(mapping)),
    cell(POINTER_COLUMN, encodePointer({ sequence: last, bound: last + 5_000_000n })),
  ];
}

function transactionRow(
  mapping: SchemaMapping,
  start: bigint,
  { commit, staged }: ModelTransaction,
): CassandraRow {
  const schema = schemaAt(mapping, start);
  const { table, row, column } = transactionCell(schema, start);
  const value = commit === null ? abortedValue(schema) : committedValue(schema, start, commit);
  const unsettled = schema === 3 && staged;
  return {
    table,
    key: row,
    column1: column,
    column2: column2Of(0n),
    value: !unsettled ? value : commit === null ? Uint8Array.of(0) : stagingValue(start, commit),
    writeTime: schema === 3 && !unsettled ? SET_ONCE_WRITE_TIME : 1n,
  };
}

/**
 * The model of a store's rows: every table that AtlasDB would list, read in the plainest way. Entries in the transactions table of a schema
 * that did not hold at their start are passed over, as AtlasDB does. `names`: the tables of the catalogue, for those without rows.
 */
export function modelOfRows(rows: readonly CassandraRow[], names: readonly string[]): ModelStore {
  const mapping = mappingOfRows(rows);
  const tables = new Map<string, ModelVersion[]>(names.map((name) => [cassandraQualifiedName(name), []]));
  for (const row of rows) tables.get(cassandraQualifiedName(row.table))?.push(versionOf(row));
  return {
    mapping,
    transactions: new Map(transactionsOf(rows, mapping)),
    tables: [...tables]
      .filter(([name]) => !isHiddenInCassandra(name))
      .map(([name, versions]) => ({ name, versions, metadata: metadataOf(rows, name) })),
  };
}

function versionOf({ key, column1, column2, value }: CassandraRow): ModelVersion {
  return { row: key, column: column1, timestamp: column2Of(column2), value };
}

function mappingOfRows(rows: readonly CassandraRow[]): SchemaMapping {
  const find = (column: Uint8Array) =>
    rows.find(
      ({ table, key, column1 }) =>
        table === "_coordination" &&
        compareBytes(key, COORDINATION_ROW) === 0 &&
        compareBytes(column1, column) === 0,
    );
  const pointer = find(POINTER_COLUMN);
  if (pointer === undefined) return DEFAULT_MAPPING;
  const mapping = find(mappingColumn(decodePointer(pointer.value).sequence));
  if (mapping === undefined) throw new Error("the pointer of _coordination points at nothing");
  return decodeMapping(mapping.value);
}

function* transactionsOf(
  rows: readonly CassandraRow[],
  mapping: SchemaMapping,
): Generator<[bigint, ModelTransaction]> {
  for (const { table, key, column1, value } of rows) {
    const schemas = TRANSACTIONS_SCHEMAS.filter((one) => TRANSACTIONS_TABLES[one] === table);
    const [first] = schemas;
    if (first === undefined) continue;
    const start = startOfCell(first, key, column1);
    const schema = schemaAt(mapping, start);
    if (!schemas.includes(schema)) continue;
    const entry = decodeTransactionValue(schema, start, value);
    yield [start, { commit: entry.outcome === "aborted" ? null : entry.commit, staged: !entry.settled }];
  }
}

function metadataOf(rows: readonly CassandraRow[], name: string): Uint8Array {
  const wanted = toHex(metadataRow(name));
  const [newest] = rows
    .filter(({ table, key }) => table === "_metadata" && toHex(key) === wanted)
    .toSorted((a, b) => (a.column2 < b.column2 ? -1 : 1));
  return newest?.value ?? new Uint8Array();
}
