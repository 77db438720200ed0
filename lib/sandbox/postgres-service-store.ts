import type { Pool } from "pg";

import { decodePunchValue } from "#lib/atlasdb/punch.ts";
import { PUNCH_TABLE } from "#lib/atlasdb/tables.ts";
import { backupAndInvalidate } from "#lib/sandbox/automated-migrator.ts";
import { createTimestampTable, embeddedBound } from "#lib/sandbox/embedded-bound.ts";
import type { ServiceStore } from "#lib/sandbox/service-store.ts";
import { createStoreTables, putCell, putUnlessExists } from "#lib/sandbox/store-tables.ts";

/** A service's store on Postgres; closing it ends the pool. */
export function postgresServiceStore(pool: Pool): ServiceStore {
  return {
    prepare: async (tables) => createStoreTables(pool, tables),
    embeddedBound: async () => {
      await createTimestampTable(pool);
      return embeddedBound(pool);
    },
    backupAndInvalidate: async () => backupAndInvalidate(pool),
    newestPunch: async () => {
      const { rows } = await pool.query<{ val: Buffer }>(
        `SELECT val FROM ${PUNCH_TABLE} ORDER BY row_name ASC LIMIT 1`,
      );
      return rows[0] === undefined ? null : decodePunchValue(rows[0].val);
    },
    putCell: async (table, cell) => putCell(pool, table, cell),
    putUnlessExists: async (table, cell) => putUnlessExists(pool, table, cell),
    close: async () => pool.end(),
  };
}
