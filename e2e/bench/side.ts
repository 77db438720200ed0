import { z } from "zod";

import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { postgresStoreConfig } from "#lib/stores/postgres/schema.ts";

/** A store of this run, as it is told to a worker. */
export const sideWire = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("postgres"), url: z.string() }),
  z.strictObject({
    kind: z.literal("cassandra"),
    host: z.string(),
    port: z.int(),
    dataCentre: z.string(),
    keyspace: z.string(),
  }),
]);
export type Side = z.infer<typeof sideWire>;

/** A Postgres store by its address. */
export function postgresTarget(url: string) {
  const { hostname, port, pathname, username, password } = new URL(url);
  const config = postgresStoreConfig.parse({
    host: hostname,
    port: Number(port),
    database: pathname.slice(1),
    user: username,
    password,
    tls: { mode: "disable" },
    statementTimeoutMs: 60_000,
  });
  return { config };
}

/** A keyspace of a server of this run, which asks for no password. */
export function cassandraTarget(side: Extract<Side, { readonly kind: "cassandra" }>) {
  const config = cassandraStoreConfig.parse({
    contactPoints: [{ host: side.host, port: side.port }],
    localDataCenter: side.dataCentre,
    keyspace: side.keyspace,
    tls: { mode: "off" },
  });
  return { config };
}

/** Opens a store to read. */
export async function openSource(side: Side): Promise<CellSource> {
  return side.kind === "postgres"
    ? postgresCellSource(postgresTarget(side.url))
    : openCassandraCellSource(cassandraTarget(side));
}

/** Opens a store to write. */
export async function openSink(side: Side): Promise<CellSink> {
  return side.kind === "postgres"
    ? postgresCellSink(postgresTarget(side.url))
    : openCassandraCellSink(cassandraTarget(side));
}
