import type { Client } from "cassandra-driver";

import { identifier } from "#lib/stores/cassandra/statements.ts";
import type { CassandraRow } from "#lib/stores/cassandra/testing-golden-rows.ts";

/** Every raw row of some tables of a keyspace, by the plainest statements. */
export async function readRawRows(
  client: Client,
  keyspace: string,
  tables: readonly string[],
): Promise<CassandraRow[]> {
  const rows: CassandraRow[] = [];
  for (const table of tables) {
    const cql = `SELECT key, column1, column2, value, writetime(value) AS w FROM ${keyspace}.${identifier(table)}`;
    for await (const row of await client.execute(cql, [], { prepare: true, fetchSize: 500 })) {
      const [key, column1, value] = [row["key"], row["column1"], row["value"]] as [Buffer, Buffer, Buffer];
      const [column2, writeTime] = [BigInt(String(row["column2"])), BigInt(String(row["w"]))];
      rows.push({ table, key, column1, column2, value, writeTime });
    }
  }
  return rows;
}
