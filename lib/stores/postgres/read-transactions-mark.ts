import { decodeVarLong, fromHex } from "#lib/atlasdb/encoding.ts";
import { decodedOrNull } from "#lib/atlasdb/punch.ts";
import { postgresPhysicalName, TRANSACTIONS_TABLE } from "#lib/atlasdb/tables.ts";
import { sourceOf } from "#lib/stores/postgres/catalog.ts";
import {
  type Connection,
  optional,
  type PostgresTarget,
  readOnly,
  text,
} from "#lib/stores/postgres/connection.ts";
import { readSite } from "#lib/stores/postgres/read-bound.ts";
import { tableExists } from "#lib/stores/postgres/read-punch.ts";
import { qualified } from "#lib/stores/postgres/statements.ts";
import { isoTime } from "#lib/stores/postgres/sql-time.ts";
import type { TransactionsMark } from "#lib/stores/schema.ts";
import { parseLong } from "#lib/timestamps/long.ts";

/**
 * The newest start timestamp in `_transactions` (one step down the primary key, whatever the table's size) and the statistics counter of
 * rows written there, which also moves for a commit of an older start. The server may publish the counter up to a second late.
 * Source: atlasdb-facts F.2 (a DbKVS always uses schema 1)
 * @throws AdapterError effect `none`
 */
export async function readTransactionsMark(target: PostgresTarget): Promise<TransactionsMark> {
  return readOnly(target, async (connection) => {
    const { facts, located } = await readSite(connection, target);
    const table = postgresPhysicalName(target.config.tablePrefix, {
      namespace: "",
      table: TRANSACTIONS_TABLE,
    });
    const name = { schema: located.schema, table };
    const common = { source: sourceOf(target.config, name), readAt: facts.readAt };
    if (!(await tableExists(connection, qualified(name)))) {
      return {
        table: "absent",
        newestStart: null,
        newestCommit: null,
        rowsWritten: null,
        countedSince: null,
        ...common,
      };
    }
    return {
      table: "present",
      ...(await readNewest(connection, qualified(name))),
      ...(await readCounter(connection, qualified(name))),
      ...common,
    };
  });
}

async function readNewest(connection: Connection, table: string) {
  const rows = await connection.query(
    `SELECT encode(row_name, 'hex') AS start, encode(coalesce(val, ''), 'hex') AS val
     FROM ${table} WHERE ts = 0 ORDER BY row_name DESC LIMIT 1`,
  );
  const row = rows[0];
  if (row === undefined) return { newestStart: null, newestCommit: null };
  const commit = decodedOrNull(() => decodeVarLong(fromHex(text(row, "val"))).value);
  return {
    newestStart: decodedOrNull(() => decodeVarLong(fromHex(text(row, "start"))).value),
    newestCommit: commit === null || commit < 0n ? null : commit,
  };
}

async function readCounter(connection: Connection, table: string) {
  const rows = await connection.query(
    `SELECT (s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::text AS written, ${isoTime("d.stats_reset")} AS since
     FROM pg_catalog.pg_stat_all_tables s
     LEFT JOIN pg_catalog.pg_stat_database d ON d.datname = current_database()
     WHERE s.relid = to_regclass($1)`,
    [table],
  );
  return {
    rowsWritten: parseLong(optional(rows[0], "written") ?? ""),
    countedSince: optional(rows[0], "since"),
  };
}
