import { DatabaseError, type Pool, type PoolClient } from "pg";

import { postgresTimestampTable } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { INITIAL_BOUND } from "#lib/stores/bound-state.ts";

const TABLE = postgresTimestampTable("");

/** Postgres's code for a column that is not there, which is what an embedded service meets on an invalidated store. */
export const UNDEFINED_COLUMN = "42703";

/**
 * The bound as an embedded AtlasDB service keeps it: every access locks the first row and compares it with what this service wrote
 * last. Not for concurrent calls. Source: DBK`timestamp/InDbTimestampBoundStore.java`, `LegacyPhysicalBoundStoreStrategy.java`
 */
export interface EmbeddedBound {
  /** The stored bound; creates 10000 where the table has no row. */
  read(): Promise<bigint>;
  /** Stores a new bound. @throws AdapterError `multiple-running` or `bound-vanished` when the stored one is not ours any more */
  write(bound: bigint): Promise<void>;
}

/** Creates the table where it is missing, under whichever column it then has. Source: atlasdb-facts D.1 (create) */
export async function createTimestampTable(pool: Pool): Promise<void> {
  await pool.query(`CREATE TABLE IF NOT EXISTS ${TABLE} ( last_allocated int8 NOT NULL )`);
}

/** Opens the bound of the store behind `pool`; nothing is read yet. */
export function embeddedBound(pool: Pool): EmbeddedBound {
  let inMemory: bigint | null = null;
  const run = async (operation: (client: PoolClient, stored: bigint | null) => Promise<bigint>) => {
    const outcome = await inTransaction(pool, async (client) => {
      const stored = await readForUpdate(client);
      requireOurs(inMemory, stored);
      return operation(client, stored);
    });
    // The database's state is unknown after a lost commit, so the next access takes what it finds. Source: same file, UNKNOWN
    inMemory = outcome.committed ? outcome.value : null;
    if (!outcome.committed) throw outcome.error;
    return outcome.value;
  };
  return {
    read: () =>
      run(async (client, stored) => {
        if (stored !== null) return stored;
        await client.query(`INSERT INTO ${TABLE} (last_allocated) VALUES ($1)`, [INITIAL_BOUND.toString()]);
        return INITIAL_BOUND;
      }),
    write: async (bound) => {
      await run(async (client, stored) => {
        const sql =
          stored === null
            ? `INSERT INTO ${TABLE} (last_allocated) VALUES ($1)`
            : `UPDATE ${TABLE} SET last_allocated = $1`;
        await client.query(sql, [bound.toString()]);
        return bound;
      });
    },
  };
}

async function readForUpdate(client: PoolClient): Promise<bigint | null> {
  const { rows } = await client.query<{ last_allocated: string }>(
    `SELECT last_allocated FROM ${TABLE} FOR UPDATE`,
  );
  return rows[0] === undefined ? null : BigInt(rows[0].last_allocated);
}

function requireOurs(inMemory: bigint | null, stored: bigint | null): void {
  if (inMemory === null) return;
  if (stored === null) {
    throw new AdapterError(
      "bound-vanished",
      "none",
      "Unable to retrieve a timestamp when expected: this service is in a dangerous state and should be taken down",
    );
  }
  if (stored !== inMemory) {
    throw new AdapterError(
      "multiple-running",
      "none",
      `Timestamp limit changed underneath us (limit in memory: ${inMemory}, limit in DB: ${stored}): another timestamp service is running against this database`,
    );
  }
}

type Outcome<T> =
  | { readonly committed: true; readonly value: T }
  | { readonly committed: false; readonly error: unknown };

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<Outcome<T>> {
  const client = await pool.connect();
  let value: T;
  try {
    await client.query("BEGIN");
    value = await work(client);
  } catch (error) {
    await client.query("ROLLBACK").then(
      () => client.release(),
      () => client.release(true),
    );
    throw error;
  }
  try {
    await client.query("COMMIT");
    client.release();
    return { committed: true, value };
  } catch (error) {
    client.release(true);
    return { committed: false, error };
  }
}

/** Whether an error is the one of an invalidated store. */
export function isInvalidatedStore(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === UNDEFINED_COLUMN;
}
