import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { APP_ROLE, OWNER_ROLE } from "#lib/db/console-roles.ts";

/** What the global set-up of the integration tests hands over: one real Postgres for the whole run. */
export type TestServer = {
  readonly superuserUrl: string;
  readonly ownerPassword: string;
  readonly appPassword: string;
  readonly consoleTemplate: string;
};

declare module "vitest" {
  interface ProvidedContext {
    testServer: TestServer;
  }
}

/** A database for one test file. `superuserUrl` may do all; the other two are the console's roles. */
export type TestDatabase = {
  readonly name: string;
  readonly superuserUrl: string;
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly drop: () => Promise<void>;
};

/** A fresh database with the console's schema and no rows, cloned from the template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject("testServer");
  return createDatabase(server, `TEMPLATE ${server.consoleTemplate} OWNER ${OWNER_ROLE}`);
}

/** A fresh database with nothing in it, such as a store's. Use `superuserUrl`. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase(inject("testServer"), "TEMPLATE template0");
}

/** The address of another database, role or password on the server of `url`. */
export function withDatabase(
  url: string,
  database: string,
  role?: { name: string; password: string },
): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  if (role !== undefined) {
    changed.username = role.name;
    changed.password = role.password;
  }
  return changed.href;
}

async function createDatabase(server: TestServer, clause: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await runAsSuperuser(server, `CREATE DATABASE ${name} ${clause}`);
  return {
    name,
    superuserUrl: withDatabase(server.superuserUrl, name),
    ownerUrl: withDatabase(server.superuserUrl, name, { name: OWNER_ROLE, password: server.ownerPassword }),
    appUrl: withDatabase(server.superuserUrl, name, { name: APP_ROLE, password: server.appPassword }),
    drop: async () => runAsSuperuser(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function runAsSuperuser(server: TestServer, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.superuserUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
