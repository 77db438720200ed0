import fc from "fast-check";

import { DEFAULT_MAPPING, type SchemaMapping } from "#lib/atlasdb/coordination.ts";
import { toHex } from "#lib/atlasdb/encoding.ts";
import { PARTITION_QUANTUM, type TransactionsSchema } from "#lib/atlasdb/transactions.ts";
import {
  cellLines,
  type ModelStore,
  type ModelTable,
  type ModelTransaction,
  type ModelVersion,
  SOME_METADATA,
} from "#lib/mover/testing-store.ts";

/** What a generated store may have. */
export type StoreShape = {
  /** `first`: transactions schema 1 alone, as every Postgres store; `any`: changes between 1, 2 and 3. */
  readonly schemas: "first" | "any";
  readonly tablesMax: number;
  /** Cells a table. */
  readonly cellsMax: number;
  /** Length of the longest value; a few cells come near it. */
  readonly valueMax: number;
  /** Versions of the one cell of each table that may have many. */
  readonly manyVersionsMax: number;
};

/** Small enough for hundreds of runs without a server. */
export const SMALL_STORES: StoreShape = {
  schemas: "any",
  tablesMax: 3,
  cellsMax: 12,
  valueMax: 4096,
  manyVersionsMax: 60,
};

/** For a few runs on real servers: thousands of versions of one cell, values of a megabyte. */
export const LARGE_STORES: StoreShape = {
  schemas: "any",
  tablesMax: 3,
  cellsMax: 40,
  valueMax: 1_048_576,
  manyVersionsMax: 3000,
};

/** A store and the timestamp at which it is to be read; versions at and above it, and commits after it, occur. */
export type GeneratedStore = { readonly store: ModelStore; readonly at: bigint };

/**
 * Stores with what trips readers up: versions, aborted, uncommitted, late, deleted and sentinel ones, empty and huge values, keys of 0x00
 * and 0xff and keys that are each other's prefix, timestamps around the borders of partitions and rows of `_transactions2` and above 2^53.
 */
export function stores(shape: StoreShape): fc.Arbitrary<GeneratedStore> {
  return fc
    .record({
      base: bases,
      outcomes: fc.array(outcome, { minLength: 3, maxLength: 40 }),
      at: fc.nat({ max: 1000 }),
      schemas: schemaChanges(shape.schemas),
    })
    .chain(({ base, outcomes, at, schemas }) => {
      const history = historyOf(base, outcomes);
      const seen = history.starts.at((at * history.starts.length) / 1000 - 1) ?? base;
      const snapshot = at % 3 === 0 ? seen : history.end;
      return fc
        .array(tableVersions(shape, history.starts), { minLength: 1, maxLength: shape.tablesMax })
        .map((tables) =>
          printable({
            at: snapshot,
            store: {
              tables: tables.map(named),
              mapping: mappingOf(schemas, history.starts),
              transactions: history.transactions,
            },
          }),
        );
    });
}

/** Lines of versions shown of a table when a property fails. */
const SHOWN = 60;

/** Makes a failing example readable: fast-check would print every byte of it. */
function printable(generated: GeneratedStore): GeneratedStore {
  const { store, at } = generated;
  const show = () =>
    [
      `at ${at}`,
      `schemas ${store.mapping.map(({ from, schema }) => `${schema} from ${from}`).join(", ")}`,
      ...Array.from(
        store.transactions,
        ([start, { commit, staged }]) => `${start} -> ${commit ?? "aborted"}${staged ? " staged" : ""}`,
      ),
      ...store.tables.flatMap(({ name, versions }) => [
        `${name}: ${versions.length} versions`,
        ...versions
          .slice(0, SHOWN)
          .flatMap((one) => cellLines([one]).map((line) => `  ${line} @ ${one.timestamp}`)),
      ]),
    ].join("\n");
  return Object.defineProperty(generated, fc.toStringMethod, { value: show });
}

/** Where a history starts: small, at the borders of rows and partitions, and where numbers lose precision. */
const bases = fc.oneof(
  fc.constantFrom(
    1n,
    10_001n,
    PARTITION_QUANTUM - 20n,
    7n * PARTITION_QUANTUM - 3n,
    2n ** 53n - 5n,
    2n ** 62n,
  ),
  fc.bigInt({ min: 1n, max: 2n ** 62n }),
);

type Outcome = {
  readonly kind: "committed" | "aborted" | "none" | "late";
  readonly staged: boolean;
  readonly gap: number;
};

const outcome: fc.Arbitrary<Outcome> = fc.record({
  kind: fc.constantFrom("committed", "committed", "committed", "committed", "aborted", "none", "late"),
  staged: fc.boolean(),
  gap: fc.oneof(fc.constant(0), fc.nat({ max: 40 }), fc.nat({ max: 30_000_000 })),
});

type History = {
  readonly starts: readonly bigint[];
  readonly transactions: ReadonlyMap<bigint, ModelTransaction>;
  readonly end: bigint;
};

/** Starts in order, each with its own commit; a late one commits after the snapshot of the end. */
function historyOf(base: bigint, outcomes: readonly Outcome[]): History {
  const starts: bigint[] = [];
  const transactions = new Map<bigint, ModelTransaction>();
  const late: bigint[] = [];
  let next = base;
  for (const { kind, staged, gap } of outcomes) {
    const start = next + BigInt(gap);
    next = start + 1n;
    starts.push(start);
    if (kind === "aborted") transactions.set(start, { commit: null, staged });
    if (kind === "late") late.push(start);
    if (kind === "committed") {
      transactions.set(start, { commit: next, staged });
      next += 1n;
    }
  }
  for (const [index, start] of late.entries())
    transactions.set(start, { commit: next + 1n + BigInt(index), staged: false });
  return { starts, transactions, end: next };
}

function schemaChanges(schemas: StoreShape["schemas"]): fc.Arbitrary<readonly TransactionsSchema[]> {
  if (schemas === "first") return fc.constant([1]);
  return fc.array(fc.constantFrom<TransactionsSchema>(1, 2, 3), { minLength: 1, maxLength: 3 });
}

/** Changes of schema at starts of the history, so that both sides of each border are used. */
function mappingOf(schemas: readonly TransactionsSchema[], starts: readonly bigint[]): SchemaMapping {
  const borders = schemas
    .slice(1)
    .map((_, index) => starts[Math.floor(((index + 1) * starts.length) / schemas.length)] ?? 1n)
    .filter((border, index, all) => border > 1n && border > (all[index - 1] ?? 1n));
  if (borders.length !== schemas.length - 1) return DEFAULT_MAPPING;
  return schemas.map((schema, index) => ({
    from: borders[index - 1] ?? 1n,
    until: borders[index] ?? null,
    schema,
  }));
}

/** Keys of 1 byte to a few hundred: many of 0x00 and 0xff, many that start alike. */
const keys = fc
  .oneof(
    {
      weight: 5,
      arbitrary: fc.array(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff), { minLength: 1, maxLength: 4 }),
    },
    { weight: 2, arbitrary: fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 20 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(0x00, 0xff), fc.integer({ min: 1, max: 1500 }))
        .map(([byte, length]) => Array.from({ length }, () => byte)),
    },
  )
  .map((bytes) => Uint8Array.from(bytes));

function values(max: number): fc.Arbitrary<Uint8Array> {
  const filled = fc
    .tuple(fc.integer({ min: 1, max }), fc.nat({ max: 255 }))
    .map(([length, byte]) => new Uint8Array(length).fill(byte));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(new Uint8Array()) },
    { weight: 12, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 20 }) },
    { weight: 1, arbitrary: filled },
  );
}

/** The versions of a table: by cell, a set of the history's starts, now and then -1 (a sentinel) or 0. */
function tableVersions(shape: StoreShape, starts: readonly bigint[]): fc.Arbitrary<ModelVersion[]> {
  const some = fc.subarray([...starts], { minLength: 0, maxLength: Math.min(6, starts.length) });
  const cell = fc.record({
    row: keys,
    column: keys,
    timestamps: fc
      .tuple(some, fc.constantFrom([], [], [], [-1n], [0n], [-1n, 0n]))
      .map(([chosen, special]) => [...chosen, ...special]),
    values: fc.array(values(shape.valueMax), { minLength: 1, maxLength: 6 }),
  });
  return fc
    .tuple(fc.array(cell, { maxLength: shape.cellsMax }), crowdedCell(shape, starts))
    .map(([cells, crowded]) => unique([...cells.flatMap(versionsOf), ...crowded]));
}

function versionsOf({
  row,
  column,
  timestamps,
  values,
}: {
  row: Uint8Array;
  column: Uint8Array;
  timestamps: readonly bigint[];
  values: readonly Uint8Array[];
}): ModelVersion[] {
  return timestamps.map((timestamp, index) => ({
    row,
    column,
    timestamp,
    value: timestamp === -1n ? new Uint8Array() : (values[index % values.length] ?? new Uint8Array()),
  }));
}

/** One cell with many versions: those of the history, and uncommitted ones above, between and below. */
function crowdedCell(shape: StoreShape, starts: readonly bigint[]): fc.Arbitrary<ModelVersion[]> {
  const first = starts[0] ?? 1n;
  return fc
    .record({ row: keys, column: keys, count: fc.nat({ max: shape.manyVersionsMax }), use: fc.boolean() })
    .map(({ row, column, count, use }) => {
      if (!use) return [];
      const filler = Array.from({ length: count }, (_, index) => first + BigInt(index));
      return [...new Set([...starts, ...filler])].map((timestamp, index) => ({
        row,
        column,
        timestamp,
        value: Uint8Array.of(index & 0xff, index >> 8),
      }));
    });
}

function unique(versions: readonly ModelVersion[]): ModelVersion[] {
  const byKey = new Map(
    versions.map((one) => [`${toHex(one.row)}/${toHex(one.column)}/${one.timestamp}`, one]),
  );
  return [...byKey.values()];
}

function named(versions: readonly ModelVersion[], index: number): ModelTable {
  return { name: `app.table${index}`, metadata: SOME_METADATA, versions };
}
