import { randomUUID } from "node:crypto";
import pg from "pg";
import { AppError } from "#lib/errors.ts";
import {
  type AppliedChange,
  decideSchemaChanges,
  readSchemaChanges,
  SCHEMA_CHANGES_FOLDER,
  type SchemaChange,
} from "#lib/db/schema-files.ts";

// The lock that prisma migrate takes, so that the two exclude each other. Source: prisma/prisma-engines
// schema-engine/sql-schema-connector/src/flavour/postgres/connector.rs
const ADVISORY_LOCK = 72_707_369;

// Prisma's own table, column by column, so that `prisma migrate deploy` agrees with what stands here.
const LEDGER = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/**
 * Brings the console's schema to this build's state as its owner and gives the application's role what it needs: read and
 * write in `public` and `jobs`, read and append in `audit`, nothing to own. One start at a time (advisory lock), each change in a
 * transaction of its own together with its record. Returns the names of the changes that were applied now.
 * @throws AppError when this build must not touch the database (see `decideSchemaChanges`) or a change fails
 */
export async function applySchemaChanges(options: {
  readonly ownerUrl: string;
  readonly appRole: string;
  readonly folder?: string;
}): Promise<readonly string[]> {
  const known = await readSchemaChanges(options.folder ?? SCHEMA_CHANGES_FOLDER);
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: "lockstep schema" });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
    await client.query(LEDGER);
    const decision = decideSchemaChanges(known, await readLedger(client));
    if (!decision.ok) throw new AppError("unavailable", decision.reason);
    for (const change of decision.pending) await applyOne(client, change);
    await grantToApplication(client, options.appRole);
    return decision.pending.map((change) => change.name);
  } finally {
    await client.end();
  }
}

async function readLedger(client: pg.Client): Promise<readonly AppliedChange[]> {
  const { rows } = await client.query<AppliedChange>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS "rolledBack"
       FROM _prisma_migrations ORDER BY started_at`,
  );
  return rows;
}

async function applyOne(client: pg.Client, change: SchemaChange): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(change.sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), change.checksum, change.name],
    );
    await client.query("COMMIT");
  } catch (cause) {
    await client.query("ROLLBACK");
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      "unavailable",
      `The schema change ${change.name} failed and left nothing behind: ${why}.`,
      {
        cause,
      },
    );
  }
}

async function grantToApplication(client: pg.Client, appRole: string): Promise<void> {
  const { rows } = await client.query<{ owner: string }>("SELECT current_user AS owner");
  if (rows[0]?.owner === appRole) return;
  const app = client.escapeIdentifier(appRole);
  const schemas = await client.query<{ name: string }>(
    "SELECT nspname AS name FROM pg_namespace WHERE nspname IN ('public', 'audit', 'jobs')",
  );
  await client.query("BEGIN");
  for (const { name } of schemas.rows) {
    const rights = name === "audit" ? "SELECT, INSERT" : "SELECT, INSERT, UPDATE, DELETE";
    await client.query(`GRANT USAGE ON SCHEMA ${name} TO ${app}`);
    await client.query(`GRANT ${rights} ON ALL TABLES IN SCHEMA ${name} TO ${app}`);
    await client.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${name} TO ${app}`);
  }
  await client.query(`REVOKE ALL ON _prisma_migrations FROM ${app}`);
  await client.query(`GRANT SELECT ON _prisma_migrations TO ${app}`);
  await client.query("COMMIT");
}
