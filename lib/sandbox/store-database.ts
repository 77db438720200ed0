import { Client } from "pg";

import { restoreGoldenStore } from "#lib/sandbox/golden-store.ts";
import type { SandboxDefinition } from "#lib/sandbox/definitions.ts";
import { createTimestampTable, embeddedBound } from "#lib/sandbox/embedded-bound.ts";
import { type StoreConnection, openPool } from "#lib/sandbox/store-connection.ts";
import { createStoreTables } from "#lib/sandbox/store-tables.ts";
import { embeddedTimestamps } from "#lib/sandbox/timestamp-source.ts";
import { punch, runTransaction } from "#lib/sandbox/transactions.ts";

const SEED_TRANSACTIONS = 120;
const SEED_PUNCH_EVERY = 20;
const SEED_PUNCH_SPACING_MS = 60_000n;

/** Makes or corrects the login role of a store; it may sign in to its own database and nothing else. */
export async function ensureRole(adminUrl: string, connection: StoreConnection): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [connection.user]);
    const role = client.escapeIdentifier(connection.user);
    const password = client.escapeLiteral(connection.password);
    await client.query(`${rowCount === 0 ? "CREATE" : "ALTER"} ROLE ${role} LOGIN PASSWORD ${password}`);
  });
}

/** Whether the database of a store exists. */
export async function databaseExists(adminUrl: string, database: string): Promise<boolean> {
  return asAdmin(adminUrl, async (client) => {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    return rowCount === 1;
  });
}

/** Drops the store's database, ending every session in it, and makes it anew with the data that it starts with. */
export async function recreateStore(
  adminUrl: string,
  connection: StoreConnection,
  definition: SandboxDefinition,
): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    const database = client.escapeIdentifier(connection.database);
    const owner = client.escapeIdentifier(connection.user);
    await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${database} OWNER ${owner} TEMPLATE template0 ENCODING 'UTF8'`);
    await client.query(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
  });
  if (definition.origin === "golden") await restoreGoldenStore(connection, "source");
  else await seedStore(connection, definition.tables);
}

/**
 * Fills a store as a service with embedded timestamps would have in its first minutes: committed, overwritten, deleted and aborted
 * cells, and punches of the minutes before now.
 */
async function seedStore(connection: StoreConnection, tables: readonly string[]): Promise<void> {
  const pool = openPool(connection, "lockstep");
  try {
    await createStoreTables(pool, tables);
    await createTimestampTable(pool);
    const source = await embeddedTimestamps(embeddedBound(pool));
    let wallMillis =
      BigInt(Date.now()) - BigInt(SEED_TRANSACTIONS / SEED_PUNCH_EVERY) * SEED_PUNCH_SPACING_MS;
    for (let done = 1; done <= SEED_TRANSACTIONS; done += 1) {
      const { commit } = await runTransaction(pool, source, tables, Math.random);
      if (commit === null || done % SEED_PUNCH_EVERY !== 0) continue;
      await punch(pool, commit, wallMillis);
      wallMillis += SEED_PUNCH_SPACING_MS;
    }
  } finally {
    await pool.end();
  }
}

async function asAdmin<T>(adminUrl: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
