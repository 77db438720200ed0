import { ATOMIC_TABLES } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { PRELOAD_ENTRIES_MAX } from "#lib/mover/commit-oracle.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";

/**
 * The largest start that a store's transactions table has an entry for, and the largest commit among what was read. A later transaction with
 * a start at or below `start` might find somebody else's entry for its own. Source: atlasdb-facts G.7
 */
export type NewestEntry =
  | { readonly state: "none" }
  | { readonly state: "known"; readonly start: bigint; readonly commit: bigint | null }
  | { readonly state: "unknown"; readonly because: string };

/** Where entries stand, whatever the schema. */
const ENTRY_TABLES: readonly string[] = ATOMIC_TABLES.filter((name) => name.startsWith("_transactions"));

/**
 * Asks a relational store, whose key is in the order of starts, for its newest entry. Elsewhere reads the table whole where that is cheap,
 * and asks where it is not. @throws AdapterError effect `none`
 */
export async function readNewestEntry(source: CellSource, bound: BoundStore): Promise<NewestEntry> {
  const tables = await source.listTables();
  if (!tables.some(({ name }) => ENTRY_TABLES.includes(name))) return { state: "none" };
  if (bound.kind === "postgres") {
    const newest = await readMark(bound);
    if (newest.state === "known") return newest;
  }
  const entries = await source.commits.estimateEntries();
  if (entries !== null && entries <= PRELOAD_ENTRIES_MAX) return readAllEntries(source);
  return readMark(bound);
}

async function readAllEntries(source: CellSource): Promise<NewestEntry> {
  let start: bigint | null = null;
  let commit: bigint | null = null;
  for await (const { starts, commits } of source.commits.readAll()) {
    for (const one of starts) if (start === null || one > start) start = one;
    for (const one of commits) if (one > 0n && (commit === null || one > commit)) commit = one;
  }
  return start === null ? { state: "none" } : { state: "known", start, commit };
}

async function readMark(bound: BoundStore): Promise<NewestEntry> {
  try {
    const mark = await bound.readTransactionsMark();
    if (mark.newestStart !== null)
      return { state: "known", start: mark.newestStart, commit: mark.newestCommit };
    return { state: "unknown", because: "The store does not tell its newest transaction." };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { state: "unknown", because: error.message };
  }
}
