import type { Pool, PoolClient } from "pg";

import { postgresTimestampTable } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import type { ServiceStore } from "#lib/sandbox/service-store.ts";
import { NO_OP_FAST_FORWARD, type ServiceTimelock } from "#lib/sandbox/timelock-client.ts";

const TABLE = postgresTimestampTable("");

/**
 * What AtlasDB does at every start with a timelock block: ping, back up and invalidate the stored bound, fast-forward to it. Safe to
 * repeat: an invalidated store gives the kept value again. Returns the value that TimeLock was forwarded to.
 * Source: CFG`factory/startup/TimeLockMigrator.java`, atlasdb-facts B.4
 */
export async function migrateToTimelock(
  store: Pick<ServiceStore, "embeddedBound" | "backupAndInvalidate">,
  timelock: ServiceTimelock,
  namespace: string,
): Promise<bigint> {
  await store.embeddedBound();
  await timelock.ping(namespace);
  const backedUp = await store.backupAndInvalidate();
  await timelock.fastForward(namespace, backedUp);
  return backedUp;
}

/**
 * Renames the column of the bound and returns its value; the kept value where it was renamed before; `NO_OP_FAST_FORWARD` where there is
 * no row. @throws AdapterError `both-columns` when both columns exist. Source: DBK`InvalidationRunner.java`
 */
export async function backupAndInvalidate(pool: Pool): Promise<bigint> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const value = await renameColumn(client);
    await client.query("COMMIT");
    return value;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function renameColumn(client: PoolClient): Promise<bigint> {
  const { rows } = await client.query<Record<string, string>>(`SELECT * FROM ${TABLE} FOR UPDATE`);
  const columns = await columnNames(client);
  const row = rows[0];
  const valueOf = (column: string) =>
    row?.[column] === undefined ? NO_OP_FAST_FORWARD : BigInt(row[column]);
  const readable = columns.includes("last_allocated");
  const poisoned = columns.includes("legacy_last_allocated");
  if (readable && poisoned) {
    throw new AdapterError(
      "both-columns",
      "none",
      "We detected the table has both current as well as legacy columns. This is unexpected",
    );
  }
  if (poisoned) return valueOf("legacy_last_allocated");
  await client.query(`ALTER TABLE ${TABLE} RENAME last_allocated TO legacy_last_allocated`);
  return valueOf("last_allocated");
}

async function columnNames(client: PoolClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${TABLE}'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  return rows.map((row) => row.name);
}
