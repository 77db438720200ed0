import type { ServiceStore } from "#lib/sandbox/service-store.ts";
import { embeddedTimestamps } from "#lib/sandbox/timestamp-source.ts";
import { punch, runTransaction } from "#lib/sandbox/transactions.ts";

const SEED_TRANSACTIONS = 120;
const SEED_PUNCH_EVERY = 20;
const SEED_PUNCH_SPACING_MS = 60_000n;

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
