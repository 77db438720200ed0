import type { Client } from "cassandra-driver";

import { executeAll } from "#lib/stores/cassandra/testing-session.ts";
import { createTableCql, type Generation, qualified } from "#lib/stores/cassandra/statements.ts";
import type { CassandraRow } from "#lib/stores/cassandra/testing-golden-rows.ts";

/** Creates tables by their physical names, and writes rows with their own write times. */
export async function loadRows(
  client: Client,
  keyspace: string,
  generation: Generation,
  names: readonly string[],
  rows: readonly CassandraRow[],
): Promise<void> {
  for (const table of names) await client.execute(createTableCql({ keyspace, table }, generation));
  await executeAll(
    client,
    rows.map(({ table, key, column1, column2, value, writeTime }) => ({
      cql: `INSERT INTO ${qualified({ keyspace, table })} (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ?`,
      params: [Buffer.from(key), Buffer.from(column1), column2, Buffer.from(value), writeTime],
    })),
  );
}
