import { decodePunchValue } from "#lib/atlasdb/punch.ts";
import { PUNCH_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { backupBound, cassandraEmbeddedBound } from "#lib/sandbox/cassandra/bound.ts";
import { blob, type CassandraConnection, openSession, type Session } from "#lib/sandbox/cassandra/session.ts";
import { createTables, relation } from "#lib/sandbox/cassandra/tables.ts";
import { type CellVersion, KEY_ALREADY_EXISTS, type ServiceStore } from "#lib/sandbox/service-store.ts";

/**
 * A service's store on Cassandra, laid out as AtlasDB lays it out: `column2` is the complement of the timestamp, and an ordinary
 * cell's write time is its timestamp. Source: atlasdb-facts C, E.3
 */
export async function openCassandraStore(connection: CassandraConnection): Promise<ServiceStore> {
  return cassandraServiceStore(await openSession(connection));
}

/** The same over a session that is open already; closing the store closes it. */
export function cassandraServiceStore(session: Session): ServiceStore {
  return {
    prepare: async (tables) => createTables(session, tables),
    embeddedBound: async () => cassandraEmbeddedBound(session),
    backupAndInvalidate: async () => backupBound(session),
    newestPunch: async () => readNewestPunch(session),
    putCell: async (table, { row, column, timestamp, value }) => {
      await session.run(
        `INSERT INTO ${relation(session, table)} (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ?`,
        [row, column, ~timestamp, value, timestamp],
        "each-quorum",
      );
    },
    putUnlessExists: async (table, cell) => putUnlessExists(session, table, cell),
    close: async () => session.close(),
  };
}

/** Rows of `_punch` descend, so in byte order the newest comes first. Source: atlasdb-facts F.4, E.1 */
export async function readNewestPunch(session: Session): Promise<bigint | null> {
  const rows = await session.run(
    `SELECT value FROM ${relation(session, PUNCH_TABLE)} LIMIT 1`,
    [],
    "local-quorum",
  );
  const value = blob(rows[0], "value");
  return value === null ? null : decodePunchValue(value);
}

async function putUnlessExists(session: Session, table: string, cell: CellVersion): Promise<void> {
  const { applied } = await session.runIf(
    `INSERT INTO ${relation(session, table)} (key, column1, column2, value) VALUES (?, ?, ?, ?) IF NOT EXISTS`,
    [cell.row, cell.column, ~cell.timestamp, cell.value],
    "each-quorum",
  );
  if (applied) return;
  throw new AdapterError(
    KEY_ALREADY_EXISTS,
    "none",
    `A cell of ${table} at timestamp ${cell.timestamp} was written before: this timestamp has been issued twice`,
  );
}
