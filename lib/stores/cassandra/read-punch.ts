import { PUNCH_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import type { CassandraTarget, Connection, Row } from "#lib/stores/cassandra/connection.ts";
import { optionalHex, optionalLong } from "#lib/stores/cassandra/fields.ts";
import { isOrdered } from "#lib/stores/cassandra/partitioner.ts";
import { newer, punchOf } from "#lib/stores/cassandra/punch-cells.ts";
import { readTable, sourceOf, withCoordinator } from "#lib/stores/cassandra/site.ts";
import { qualified, type TableName } from "#lib/stores/cassandra/statements.ts";
import type { PunchReading } from "#lib/stores/schema.ts";

/** How many of the newest punches are compared, in case a client's clock went backwards. */
const NEWEST = 100n;
/** How many punches are read at most where the partitioner keeps them in no order. */
const UNORDERED_MAX = 20_000n;

/**
 * The newest punched timestamp beside the bound. AtlasDB's byte-ordered partitioner keeps the newest row first; elsewhere all rows are
 * read. Both the cell's timestamp and its value hold it; where they differ the larger one counts. Source: atlasdb-facts E.1, E.3, F.4
 * @throws AdapterError effect `none`; `punch-unordered` where there are too many rows to find the newest without an order
 */
export async function readPunch(target: CassandraTarget): Promise<PunchReading> {
  return withCoordinator(target, async (connection, cluster) => {
    const name = { keyspace: target.config.keyspace, table: PUNCH_TABLE };
    const table = await readTable(connection, name, cluster.generation);
    return {
      newest:
        table === null
          ? { found: "absent", why: "no-table" }
          : newestPunch(await readPunches(connection, name, isOrdered(cluster.partitioner))),
      source: sourceOf(connection, cluster, name),
      provenance: "observed",
      readAt: cluster.readAt,
    };
  });
}

async function readPunches(
  connection: Connection,
  name: TableName,
  ordered: boolean,
): Promise<readonly Row[]> {
  const limit = ordered ? NEWEST : UNORDERED_MAX + 1n;
  const rows = await connection.query(punchCql(name, limit), "local-quorum");
  if (ordered || BigInt(rows.length) <= UNORDERED_MAX) return rows;
  throw new AdapterError(
    "punch-unordered",
    "none",
    `The cluster's partitioner keeps rows in no order and ${name.table} has more than ${UNORDERED_MAX}, so the newest punch cannot be found. Nothing was changed in the store.`,
  );
}

/** Reads punches in the partitioner's order. */
export function punchCql(name: TableName, limit: bigint): string {
  return `SELECT key, column2, value FROM ${qualified(name)} LIMIT ${limit}`;
}

function newestPunch(rows: readonly Row[]): PunchReading["newest"] {
  const punches = rows.flatMap((row) => {
    const [key, value, column2] = [
      optionalHex(row, "key"),
      optionalHex(row, "value"),
      optionalLong(row, "column2"),
    ];
    return key === null || value === null || column2 === null ? [] : [punchOf(key, column2, value)];
  });
  return punches.reduce<PunchReading["newest"]>(newer, { found: "absent", why: "no-rows" });
}
