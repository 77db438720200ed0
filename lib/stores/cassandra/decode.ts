import { decodeBigEndianLong, encodeBigEndianLong, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import type { BoundState, RawCell } from "#lib/stores/schema.ts";

/** The row key of AtlasDB's timestamp table: `ts`. Source: atlasdb-facts C (CassandraTimestampBoundStore) */
export const BOUND_KEY = "7473";

/** The columns: the bound, AtlasDB's backup, and the backup as the documents wrote it. Source: atlasdb-facts 0.1, C */
export const COLUMNS = { ts: "7473", oldTs: "6f6c645473", tr: "7472" } as const;
export type ColumnName = keyof typeof COLUMNS;

/** The only value of the second clustering column that AtlasDB reads: -1, the complement of timestamp 0. Source: atlasdb-facts C, E.3 */
export const COLUMN2 = -1n;

/** What AtlasDB writes over a bound to make it unreadable, and over a backup to clear it. Source: atlasdb-facts C */
export const INVALID_VALUE = "00";
export const CLEARED_VALUE = "";

/** Most cells of the bound's row that are read; AtlasDB keeps two. */
export const CELLS_MAX = 1000;

/** One cell of the row `ts`: hexadecimal digits without prefix. `writtenAt`: its write time in microseconds, null where not read. */
export type Cell = {
  readonly column1: string;
  readonly column2: bigint;
  readonly value: string;
  readonly writtenAt: bigint | null;
};

/** The timestamp table as the catalogue and its row `ts` show it. */
export type TableContent = { readonly columns: readonly TableColumn[]; readonly cells: readonly Cell[] };

/** A column of the table. `kind`: its part in the key, `value` for the others. */
export type TableColumn = {
  readonly name: string;
  readonly kind: "partition" | "clustering" | "value";
  readonly type: string;
};

/** The columns of every AtlasDB table. Source: atlasdb-facts E.2 */
export const ATLASDB_COLUMNS: readonly TableColumn[] = [
  { name: "key", kind: "partition", type: "blob" },
  { name: "column1", kind: "clustering", type: "blob" },
  { name: "column2", kind: "clustering", type: "bigint" },
  { name: "value", kind: "value", type: "blob" },
];

/** The value of a column that AtlasDB knows, as hexadecimal digits; null where the cell is absent. */
export function valueOf(cells: readonly Cell[], name: ColumnName): string | null {
  return (
    cells.find(({ column1, column2 }) => column1 === COLUMNS[name] && column2 === COLUMN2)?.value ?? null
  );
}

/**
 * The state of a Cassandra bound. The one decoder of what our own connection reads and of what a person pastes. Never guesses: what
 * AtlasDB does not write is `unrecognised`, with words that say why. Source: atlasdb-facts 0.16, C (state machine)
 */
export function decodeBound(content: TableContent | null): BoundState {
  if (content === null) return { state: "no-table" };
  const problem = shapeProblem(content.columns) ?? lengthProblem(content.cells);
  if (problem !== null) return { state: "unrecognised", detail: problem };
  const ts = valueOf(content.cells, "ts");
  const bound = ts === null ? null : longOf(ts);
  const kept = longOf(valueOf(content.cells, "oldTs") ?? "");
  if (kept !== null) {
    return ts !== null && bound === null
      ? { state: "invalidated", kept }
      : { state: "both", rows: [{ bound, kept }] };
  }
  if (bound !== null) return { state: "readable", bound };
  return ts === null ? { state: "no-row" } : { state: "neither", tr: backupOfTheDocuments(content) };
}

/** The backup in column `tr`, where it has the 8 bytes of a value; AtlasDB does not look there. Source: atlasdb-facts 0.1 */
export function backupOfTheDocuments(content: TableContent | null): bigint | null {
  return content === null ? null : longOf(valueOf(content.cells, "tr") ?? "");
}

/** Why a bound must not be set: the documents' backup counts as a value that the store holds, though no state but `neither` shows it. */
export function belowTheDocuments(cells: readonly Cell[], after: BoundState): string | null {
  const tr = longOf(valueOf(cells, "tr") ?? "");
  if (tr === null || after.state !== "readable" || after.bound >= tr) return null;
  return `The bound must not be set to ${after.bound}: the column tr holds ${tr} as a backup, and a bound never decreases.`;
}

function shapeProblem(columns: readonly TableColumn[]): string | null {
  const shape = shapeOf(columns);
  if (shape === shapeOf(ATLASDB_COLUMNS)) return null;
  return `its columns are not those of an AtlasDB table: ${shape || "none"}`;
}

function shapeOf(columns: readonly TableColumn[]): string {
  return columns
    .map(({ kind, name, type }) => `${name} ${type} (${kind})`)
    .toSorted()
    .join(", ")
    .slice(0, 1500);
}

function lengthProblem(cells: readonly Cell[]): string | null {
  for (const name of ["ts", "oldTs"] as const) {
    const value = valueOf(cells, name);
    if (value === null || value.length <= 16) continue;
    const first = decodeBigEndianLong(fromHex(value.slice(0, 16))).value;
    const bytes = value.length / 2;
    return name === "ts"
      ? `the bound has ${bytes} bytes instead of 8. An embedded client would read the first 8 of them, ${first}, and serve from there; AtlasDB's migrator takes it for unreadable. Write it by hand with 8 bytes`
      : `the backup has ${bytes} bytes instead of 8 (the first 8 are ${first}), so AtlasDB does not take it for one. Write it by hand with 8 bytes`;
  }
  return null;
}

function longOf(value: string): bigint | null {
  return value.length === 16 ? decodeBigEndianLong(fromHex(value)).value : null;
}

/** The 8 bytes of a bound as hexadecimal digits without prefix: plain big-endian, whatever the table's metadata says. Source: atlasdb-facts C */
export function boundValue(value: bigint): string {
  return toHex(encodeBigEndianLong(value));
}

/** The cells as raw cells: 8 bytes in decimal, anything else as CQL shows it, beside the bytes themselves. */
export function rawCells(content: TableContent): RawCell[] {
  return content.cells.map((cell, row) => ({
    row,
    name: cellName(cell),
    text: (longOf(cell.value)?.toString() ?? `0x${cell.value}`).slice(0, 2000),
    hex: `0x${cell.value}`.slice(0, 4000),
  }));
}

function cellName({ column1, column2 }: Cell): string {
  const known = Object.entries(COLUMNS).find(([, hex]) => hex === column1)?.[0];
  const name = known ?? `0x${column1}`.slice(0, 200);
  return column2 === COLUMN2 ? name : `${name} at column2 ${column2}`;
}
