import { Client } from "pg";

import { restoreGoldenStore } from "#lib/sandbox/golden-store.ts";
import type { SandboxDefinition } from "#lib/sandbox/definitions.ts";
import { postgresServiceStore } from "#lib/sandbox/postgres-service-store.ts";
import { fillStore, seedStore } from "#lib/sandbox/seed-store.ts";
import type { CellVersion } from "#lib/sandbox/service-store.ts";
import { type StoreConnection, openPool } from "#lib/sandbox/store-connection.ts";
import { putCells } from "#lib/sandbox/store-tables.ts";

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

/** Drops a database, ending every session in it, and makes it anew and empty. */
export async function recreateDatabase(adminUrl: string, connection: StoreConnection): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    const database = client.escapeIdentifier(connection.database);
    const owner = client.escapeIdentifier(connection.user);
    await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${database} OWNER ${owner} TEMPLATE template0 ENCODING 'UTF8'`);
    await client.query(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
  });
}

/** Makes the store's database anew, with the data that it starts with. */
export async function recreateStore(
  adminUrl: string,
  connection: StoreConnection,
  definition: SandboxDefinition,
): Promise<void> {
  await recreateDatabase(adminUrl, connection);
  if (definition.origin === "golden") return restoreGoldenStore(connection, "source");
  const pool = openPool(connection, "lockstep");
  const store = postgresServiceStore(pool);
  try {
    await seedStore(store, definition.tables);
    const write = async (table: string, cells: readonly CellVersion[]) => putCells(pool, table, cells);
    await fillStore(store, write, definition.tables, definition.cells ?? 0);
  } finally {
    await store.close();
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
