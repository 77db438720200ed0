import { encodeBigEndianLong, toHex } from "#lib/atlasdb/encoding.ts";
import type { BoundState, RawCell } from "#lib/stores/schema.ts";
import { parseLong } from "#lib/timestamps/long.ts";

/** Most rows that are read of a timestamp table, the largest first; AtlasDB keeps one. */
export const BOUND_ROWS_MAX = 1000;

/** The column of a readable bound, and the one that AtlasDB's invalidation renames it to. Source: atlasdb-facts D.1 */
export const BOUND_COLUMN = "last_allocated";
export const KEPT_COLUMN = "legacy_last_allocated";

/** A column of the timestamp table, its name in lower case, with the type as the server's catalogue names it. */
export type TableColumn = { readonly name: string; readonly type: string };

/** What a server's catalogue calls a plain table and a whole number that AtlasDB's bound fits in. */
export type TableShape = {
  readonly plainTable: string;
  readonly isWhole: (type: string) => boolean;
  readonly wholeWord: string;
};

/** Postgres: a relation of kind `r`, columns of `int8`. */
export const POSTGRES_SHAPE: TableShape = {
  plainTable: "r",
  isWhole: (type) => type === "bigint",
  wholeWord: "bigint",
};

/** The timestamp table as the catalogue and its rows show it; null for the values that are NULL. */
export type TableContent = {
  readonly relationKind: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly Readonly<Record<string, string | null>>[];
};

/**
 * The state of a bound in a DbKVS. The one decoder of what our own connection reads and of what a person pastes. Never guesses: what
 * AtlasDB does not write is `unrecognised`, with words that say why. Source: atlasdb-facts D.1
 */
export function decodeBound(content: TableContent | null, shape: TableShape = POSTGRES_SHAPE): BoundState {
  if (content === null) return { state: "no-table" };
  const problem = shapeProblem(content, shape);
  if (problem !== null) return { state: "unrecognised", detail: problem };
  const readable = hasColumn(content, BOUND_COLUMN);
  const kept = hasColumn(content, KEPT_COLUMN);
  if (readable && kept) return decodeBoth(content);
  return decodeSingle(content, readable);
}

function shapeProblem({ relationKind, columns }: TableContent, shape: TableShape): string | null {
  if (relationKind !== shape.plainTable)
    return "it is not a plain table (a view or a partitioned, foreign or other relation)";
  const ours = columns.filter(({ name }) => name === BOUND_COLUMN || name === KEPT_COLUMN);
  if (ours.length === 0) {
    const names = columns.map(({ name }) => name).join(", ");
    return `it has neither ${BOUND_COLUMN} nor ${KEPT_COLUMN}, but the columns: ${names || "none"}`;
  }
  const wrong = ours.find(({ type }) => !shape.isWhole(type));
  return wrong === undefined ? null : `column ${wrong.name} is of type ${wrong.type}, not ${shape.wholeWord}`;
}

function hasColumn({ columns }: TableContent, column: string): boolean {
  return columns.some(({ name }) => name === column);
}

function decodeBoth({ rows }: TableContent): BoundState {
  const decoded = rows.map((row) => ({ bound: long(row[BOUND_COLUMN]), kept: long(row[KEPT_COLUMN]) }));
  if (decoded.some(({ bound, kept }) => bound === undefined || kept === undefined)) return unreadableValue();
  return {
    state: "both",
    rows: decoded.map(({ bound, kept }) => ({ bound: bound ?? null, kept: kept ?? null })),
  };
}

function decodeSingle({ rows }: TableContent, readable: boolean): BoundState {
  const values = rows.map((row) => long(row[readable ? BOUND_COLUMN : KEPT_COLUMN]));
  if (values.includes(undefined)) return unreadableValue();
  const present = values.filter((value) => value !== undefined && value !== null);
  if (present.length < values.length)
    return { state: "unrecognised", detail: "a row holds NULL instead of a value" };
  const [value, second] = present;
  if (value === undefined) return { state: readable ? "no-row" : "no-row-invalidated" };
  if (second !== undefined) return { state: "several-rows", readable, values: present };
  return readable ? { state: "readable", bound: value } : { state: "invalidated", kept: value };
}

/** The value; null for NULL; undefined for what is no Java long. */
function long(text: string | null | undefined): bigint | null | undefined {
  if (text === null) return null;
  return text === undefined ? undefined : (parseLong(text) ?? undefined);
}

function unreadableValue(): BoundState {
  return { state: "unrecognised", detail: "a value is not a 64-bit whole number" };
}

/** The rows as raw cells: the server's text, and the 8 bytes of the value. */
export function rawCells({ columns, rows }: TableContent): RawCell[] {
  const names = columns
    .map(({ name }) => name)
    .filter((name) => name === BOUND_COLUMN || name === KEPT_COLUMN);
  return rows.flatMap((row, index) =>
    names.map((name) => {
      const value = row[name] ?? null;
      const decoded = value === null ? null : parseLong(value);
      return {
        row: index,
        name,
        text: value,
        hex: decoded === null ? null : `0x${toHex(encodeBigEndianLong(decoded))}`,
      };
    }),
  );
}
