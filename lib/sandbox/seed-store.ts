import type { CellVersion, ServiceStore } from "#lib/sandbox/service-store.ts";
import { embeddedTimestamps } from "#lib/sandbox/timestamp-source.ts";
import { commitTransaction, punch, runTransaction } from "#lib/sandbox/transactions.ts";

const SEED_TRANSACTIONS = 120;
const SEED_PUNCH_EVERY = 20;
const SEED_PUNCH_SPACING_MS = 60_000n;
const CELLS_A_TRANSACTION = 500;

/**
 * Fills an empty store as a service with embedded timestamps would have in its first minutes: committed, overwritten, deleted and
 * aborted cells, and punches of the minutes before now.
 */
export async function seedStore(store: ServiceStore, tables: readonly string[]): Promise<void> {
  await store.prepare(tables);
  const source = await embeddedTimestamps(await store.embeddedBound());
  let wallMillis = BigInt(Date.now()) - BigInt(SEED_TRANSACTIONS / SEED_PUNCH_EVERY) * SEED_PUNCH_SPACING_MS;
  for (let done = 1; done <= SEED_TRANSACTIONS; done += 1) {
    const { commit } = await runTransaction(store, source, tables, Math.random);
    if (commit === null || done % SEED_PUNCH_EVERY !== 0) continue;
    await punch(store, commit, wallMillis);
    wallMillis += SEED_PUNCH_SPACING_MS;
  }
}

/**
 * Adds about so many cells to a store that `seedStore` has filled, each of a row of its own: transactions of some hundreds of cells, as a
 * bulk load would have made them. `write` writes many cells of one table at once.
 */
export async function fillStore(
  store: ServiceStore,
  write: (table: string, cells: readonly CellVersion[]) => Promise<void>,
  tables: readonly string[],
  cells: number,
): Promise<void> {
  const source = await embeddedTimestamps(await store.embeddedBound());
  const text = new TextEncoder();
  for (let made = 0; made < cells; made += CELLS_A_TRANSACTION) {
    const table = tables[(made / CELLS_A_TRANSACTION) % tables.length] ?? "";
    const start = await source.fresh();
    await write(
      table,
      Array.from({ length: CELLS_A_TRANSACTION }, (_, index) => ({
        row: text.encode(`loaded-${`${made + index}`.padStart(9, "0")}`),
        column: text.encode("v"),
        timestamp: start,
        value: text.encode(`page ${made + index} of the archive, as it was loaded at ${start}`),
      })),
    );
    await commitTransaction(store, start, await source.fresh());
  }
}
