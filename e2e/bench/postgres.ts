import { randomBytes } from "node:crypto";
import path from "node:path";

import { withSession } from "#lib/stores/postgres/testing.ts";

import { APP_ROLE, ensureConsoleDatabase, OWNER_ROLE } from "#lib/db/console-roles.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#lib/db/embedded/embedded-postgres.ts";
import { applySchemaChanges } from "#lib/db/schema-changes.ts";

/** Durable as in production; only what makes one run unlike the next is set: checkpoints by size, and room for the data in memory. */
export const SERVER_SETTINGS = {
  shared_buffers: "1GB",
  max_wal_size: "8GB",
  checkpoint_timeout: "30min",
  maintenance_work_mem: "256MB",
  autovacuum: "off",
} as const;

/** The run's own Postgres: it holds the stores, and the console's database with the ledger. */
export type BenchPostgres = {
  /** The console's database, as the role that it works as. */
  readonly consoleUrl: string;
  /** Makes an empty database, in place of an older one of this name, and gives its address. */
  create(name: string): Promise<string>;
  /** The address of a database of this server. */
  urlOf(name: string): string;
  stop(): Promise<void>;
};

/** Starts the server below `folder`, with the console's database in it. */
export async function startBenchPostgres(folder: string): Promise<BenchPostgres> {
  const server = await startEmbeddedPostgres({
    folder: path.join(folder, "postgres"),
    passwordFile: path.join(folder, "secrets", "superuser"),
    settings: SERVER_SETTINGS,
  });
  try {
    return { ...(await places(server)), stop: async () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function places(server: EmbeddedPostgres) {
  const superuser = server.urlFor("postgres");
  const passwords = { owner: randomBytes(16).toString("hex"), app: randomBytes(16).toString("hex") };
  await ensureConsoleDatabase(superuser, passwords, "console");
  await applySchemaChanges({
    ownerUrl: server.urlFor("console", { name: OWNER_ROLE, password: passwords.owner }),
    appRole: APP_ROLE,
  });
  const drop = async (name: string) =>
    withSession(superuser, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
    });
  return {
    consoleUrl: server.urlFor("console", { name: APP_ROLE, password: passwords.app }),
    urlOf: (name: string) => server.urlFor(name),
    create: async (name: string) => {
      await drop(name);
      await withSession(superuser, async (client) => {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0`);
      });
      return server.urlFor(name);
    },
  };
}
