import type { Client } from "cassandra-driver";

import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import { createTestKeyspace, type TestCassandra, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import type { Generation } from "#lib/stores/cassandra/statements.ts";

/** The generation of a tested release. */
export const GENERATIONS: Readonly<Record<CassandraRelease, Generation>> = { "2.2.18": "2.2", "5.0.6": "4+" };

/** What adapters need to open the store in a keyspace of the run's server. */
export function targetFor({ server, name }: { server: TestCassandra; name: string }): CassandraTarget {
  const { tls } = server;
  return {
    config: cassandraStoreConfig.parse({
      contactPoints: [{ host: server.host, port: server.port }],
      localDataCenter: server.dataCentre,
      keyspace: name,
      user: server.username,
      password: server.password,
      requestTimeoutMs: 30_000,
      tls:
        tls === null
          ? { mode: "off" }
          : { mode: "verify", ca: tls.ca, cert: tls.client.cert, key: tls.client.key },
    }),
  };
}

/** A fresh keyspace for `work`, dropped afterwards. */
export async function inKeyspace<T>(
  release: CassandraRelease,
  work: (keyspace: TestKeyspace) => Promise<T>,
): Promise<T> {
  const keyspace = await createTestKeyspace(release, "network");
  try {
    return await work(keyspace);
  } finally {
    await keyspace.drop();
  }
}

/** Runs statements, a good many at a time. */
export async function executeAll(
  client: Client,
  statements: readonly { readonly cql: string; readonly params: readonly (Buffer | bigint)[] }[],
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < statements.length) {
      const one = statements[next];
      next += 1;
      if (one === undefined) return;
      // The superuser's session knows no bigint.
      const params = one.params.map((param) => (typeof param === "bigint" ? param.toString() : param));
      await client.execute(one.cql, params, { prepare: true });
    }
  };
  await Promise.all(Array.from({ length: 64 }, work));
}
