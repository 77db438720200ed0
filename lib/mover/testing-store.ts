import { compareBytes, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { DEFAULT_MAPPING, type SchemaMapping } from "#lib/atlasdb/coordination.ts";

/**
 * A store as plain data, and the plainest possible reader of it. The real readers, filters and copies are held to what this one says;
 * it is written for the eye, from atlasdb-facts F.7 alone, and shares no code with them.
 */
export type ModelStore = {
  readonly tables: readonly ModelTable[];
  /** Which transactions schema holds when; a Postgres store has schema 1 throughout. */
  readonly mapping: SchemaMapping;
  /** By start timestamp. A start that is missing here has no entry: in progress, or given up without a trace. */
  readonly transactions: ReadonlyMap<bigint, ModelTransaction>;
};

/** `name` is qualified (`app.users`); `metadata` the protobuf bytes; versions in any order, no two of one cell and timestamp. */
export type ModelTable = {
  readonly name: string;
  readonly metadata: Uint8Array;
  readonly versions: readonly ModelVersion[];
};

/** One version of one cell. Timestamp -1 is a sentinel; an empty value is a deletion. */
export type ModelVersion = {
  readonly row: Uint8Array;
  readonly column: Uint8Array;
  readonly timestamp: bigint;
  readonly value: Uint8Array;
};

/** `commit` null: aborted. `staged`: schema 3 only, written but not settled; elsewhere without meaning. */
export type ModelTransaction = { readonly commit: bigint | null; readonly staged: boolean };

/** What a snapshot shows of a cell. */
export type ModelCell = {
  readonly row: Uint8Array;
  readonly column: Uint8Array;
  readonly value: Uint8Array;
};

/** Why a version is not copied. The counts of all of them and of the copied cells add up to the versions. */
export type ModelReason =
  /** Its timestamp is not below the snapshot's. */
  | "tooNew"
  | "uncommitted"
  | "aborted"
  /** Committed, but after the snapshot. */
  | "committedLater"
  /** The newest visible version is empty. */
  | "deleted"
  | "sentinel"
  /** A newer version decided. */
  | "older";

export type ModelSnapshot = {
  /** In the order of row and column, unsigned. */
  readonly cells: readonly ModelCell[];
  readonly dropped: Readonly<Record<ModelReason, number>>;
};

/** An empty store of schema 1, for tests that write out what they need. */
export function modelStore(parts: Partial<ModelStore> = {}): ModelStore {
  return { tables: [], mapping: DEFAULT_MAPPING, transactions: new Map(), ...parts };
}

/** What a transaction that starts at `at` sees of a table. */
export function readModelTable(store: ModelStore, table: ModelTable, at: bigint): ModelSnapshot {
  const dropped: Record<ModelReason, number> = {
    tooNew: 0,
    uncommitted: 0,
    aborted: 0,
    committedLater: 0,
    deleted: 0,
    sentinel: 0,
    older: 0,
  };
  const cells: ModelCell[] = [];
  for (const versions of versionsByCell(table)) {
    let decided = false;
    for (const version of versions) {
      const verdict: ModelReason | "visible" = decided ? "older" : judge(store, version, at);
      if (verdict === "visible")
        cells.push({ row: version.row, column: version.column, value: version.value });
      else dropped[verdict] += 1;
      decided ||= verdict === "visible" || verdict === "deleted";
    }
  }
  return { cells, dropped };
}

function judge(store: ModelStore, version: ModelVersion, at: bigint): ModelReason | "visible" {
  if (version.timestamp >= at) return "tooNew";
  if (version.timestamp === -1n) return "sentinel";
  // What AtlasDB wrote before the first transaction counts as committed.
  if (version.timestamp >= 1n) {
    const transaction = store.transactions.get(version.timestamp);
    if (transaction === undefined) return "uncommitted";
    if (transaction.commit === null) return "aborted";
    if (transaction.commit > at) return "committedLater";
  }
  return version.value.length === 0 ? "deleted" : "visible";
}

/** The versions of each cell, newest first; cells in order. */
function versionsByCell(table: ModelTable): ModelVersion[][] {
  const cells = new Map<string, ModelVersion[]>();
  for (const version of table.versions) {
    const key = `${toHex(version.row)}/${toHex(version.column)}`;
    const versions = cells.get(key);
    if (versions === undefined) cells.set(key, [version]);
    else versions.push(version);
  }
  return [...cells.values()]
    .map((versions) => versions.toSorted((a, b) => (a.timestamp > b.timestamp ? -1 : 1)))
    .toSorted(([a], [b]) => (a === undefined || b === undefined ? 0 : compareCells(a, b)));
}

/** Row, then column, in unsigned order. */
export function compareCells(
  a: { readonly row: Uint8Array; readonly column: Uint8Array },
  b: { readonly row: Uint8Array; readonly column: Uint8Array },
): number {
  return compareBytes(a.row, b.row) || compareBytes(a.column, b.column);
}

/** Cells as short lines, so that a failed comparison can be read: huge values by length, first bytes and a checksum. */
export function cellLines(cells: Iterable<ModelCell>): string[] {
  return Array.from(cells, ({ row, column, value }) => `${short(row)}/${short(column)} = ${short(value)}`);
}

function short(bytes: Uint8Array): string {
  if (bytes.length <= 80) return toHex(bytes);
  let checksum = 0n;
  for (const byte of bytes) checksum = BigInt.asUintN(64, checksum * 1_099_511_628_211n + BigInt(byte));
  return `${toHex(bytes.subarray(0, 16))}…(${bytes.length} bytes, ${checksum.toString(16)})`;
}

/** A table's metadata as AtlasDB writes it for a table of the golden store (`app.bin_keys`), for tests that need some. */
export const SOME_METADATA = fromHex(
  "0a0f0a0b0a017210041801200130011800121b12190a0f0a0b0a01631004180120013001180012060804180120031801204030004000480058006001",
);
