import { type ModelStore, modelStore, SOME_METADATA } from "#lib/mover/testing-store.ts";

/** S of copies through faults: beyond what a double holds. */
export const FAULT_START = 9_000_000_000_000_001n;

/** Cells of each of its two tables. */
export const FAULT_CELLS = 4_000;

/** Two tables of some thousand cells with an older version each, and AtlasDB's own that a destination needs. */
export function faultStore(): ModelStore {
  const transactions = new Map([
    [10_001n, { commit: 10_002n, staged: false }],
    [10_003n, { commit: 10_004n, staged: false }],
  ]);
  const versions = Array.from({ length: FAULT_CELLS }, (_, index) => ({
    row: Uint8Array.of(index >> 8, index & 0xff),
    column: Uint8Array.of(index % 7),
  })).flatMap((cell) => [
    { ...cell, timestamp: 10_003n, value: Uint8Array.of(2) },
    { ...cell, timestamp: 10_001n, value: Uint8Array.of(1) },
  ]);
  const own = ["_transactions", "_transactions2", "_coordination"].map((name) => ({ name, versions: [] }));
  const tables = [...own, { name: "app.one", versions }, { name: "app.two", versions }];
  return modelStore({ transactions, tables: tables.map((table) => ({ ...table, metadata: SOME_METADATA })) });
}

/** Chunks of which there are more than sixty, each with some writes in flight. */
export const FAULT_CHUNKS = { versions: 250, bytes: 100_000, ms: 60_000 };
