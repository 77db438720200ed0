import type { Client } from "cassandra-driver";

import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import type { TestCassandra } from "#lib/local-cassandra/testing.ts";
import { boundValue, type ColumnName, COLUMNS } from "#lib/stores/cassandra/decode.ts";
import {
  cassandraStoreConfig,
  type CassandraStoreConfig,
  type CassandraStoreConfigInput,
} from "#lib/stores/cassandra/schema.ts";
import { createTableCql, type Generation } from "#lib/stores/cassandra/statements.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** The generation of a tested release. */
export function generationFor(release: CassandraRelease): Generation {
  return release === "2.2.18" ? "2.2" : "4+";
}

/** A store's configuration for a keyspace of one of the run's servers, with all its TLS. */
export function configFor(
  server: TestCassandra,
  keyspace: string,
  overrides: Partial<CassandraStoreConfigInput> = {},
): CassandraStoreConfig {
  const { tls } = server;
  return cassandraStoreConfig.parse({
    contactPoints: [{ host: server.host, port: server.port }],
    localDataCenter: server.dataCentre,
    keyspace,
    user: server.username,
    password: server.password,
    tls:
      tls === null
        ? { mode: "off" }
        : { mode: "verify", ca: tls.ca, cert: tls.client.cert, key: tls.client.key },
    ...overrides,
  });
}

/** The values of the three columns, as hexadecimal digits; a column that is not named is absent. */
export type Values = Partial<Readonly<Record<ColumnName, string>>>;

/** Some values that make a state. */
export function valuesFor(state: BoundState): Values {
  switch (state.state) {
    case "readable":
      return { ts: boundValue(state.bound) };
    case "invalidated":
      return { ts: "00", oldTs: boundValue(state.kept) };
    case "both": {
      const [row] = state.rows;
      return {
        ...(row?.bound == null ? {} : { ts: boundValue(row.bound) }),
        ...(row?.kept == null ? {} : { oldTs: boundValue(row.kept) }),
      };
    }
    case "neither":
      return { ts: "00", ...(state.tr === null ? {} : { tr: boundValue(state.tr) }) };
    default:
      return {};
  }
}

/** Makes the timestamp table hold exactly these values, as somebody else would: by plain writes, whatever was there. */
export async function writeValues(client: Client, keyspace: string, values: Values): Promise<void> {
  const now = BigInt(Date.now()) * 1000n;
  const table = `${keyspace}."_timestamp"`;
  await client.execute(`DELETE FROM ${table} USING TIMESTAMP ${now} WHERE key = 0x7473`);
  for (const [name, value] of Object.entries(values)) {
    await client.execute(
      `INSERT INTO ${table} (key, column1, column2, value) VALUES (0x7473, 0x${COLUMNS[name as ColumnName]}, -1, 0x${value}) USING TIMESTAMP ${now + 1n}`,
    );
  }
}

/** Creates the timestamp table as AtlasDB does; `own` false: with another id. */
export async function createTable(
  client: Client,
  keyspace: string,
  generation: Generation,
  own = true,
): Promise<void> {
  const cql = createTableCql({ keyspace, table: "_timestamp" }, generation);
  await client.execute(own ? cql : cql.replace(/ AND ID = '?[0-9a-f-]+'?/, ""));
}

/** Drops the timestamp table as AtlasDB does: emptied first, because its id comes back. */
export async function dropTable(client: Client, keyspace: string): Promise<void> {
  await client.execute(`TRUNCATE ${keyspace}."_timestamp"`);
  await client.execute(`DROP TABLE ${keyspace}."_timestamp"`);
}
