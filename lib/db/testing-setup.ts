import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { existsSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { APP_ROLE, ensureConsoleDatabase } from "#lib/db/console-roles.ts";
import { keepSecret, startEmbeddedPostgres } from "#lib/db/embedded/embedded-postgres.ts";
import { applySchemaChanges } from "#lib/db/schema-changes.ts";
import { SCHEMA_CHANGES_FOLDER } from "#lib/db/schema-files.ts";
import { withDatabase } from "#lib/db/testing.ts";

const TEMPLATE = "console_template";

/**
 * Starts one real Postgres for the whole run of the integration tests, makes the template database with the console's
 * schema, and hands both over (`inject("testServer")`). A server that does not start fails the run.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), "lockstep-test-"));
  const secret = async (name: string) => keepSecret(path.join(folder, "secrets", name));
  const server = await startEmbeddedPostgres({
    folder: path.join(folder, "postgres"),
    passwordFile: path.join(folder, "secrets", "superuser"),
    durable: false,
    settings: { max_connections: "300", max_wal_size: "256MB" },
  });
  const passwords = { owner: await secret("owner"), app: await secret("app") };
  await ensureConsoleDatabase(server.urlFor("postgres"), passwords, TEMPLATE);
  if (existsSync(SCHEMA_CHANGES_FOLDER)) {
    const ownerUrl = withDatabase(server.urlFor(TEMPLATE), TEMPLATE, {
      name: "lockstep_owner",
      password: passwords.owner,
    });
    await applySchemaChanges({ ownerUrl, appRole: APP_ROLE });
  }
  project.provide("testServer", {
    superuserUrl: server.urlFor("postgres"),
    ownerPassword: passwords.owner,
    appPassword: passwords.app,
    consoleTemplate: TEMPLATE,
  });
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
