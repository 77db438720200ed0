import { randomBytes } from "node:crypto";
import { auth, Client, type ClientOptions } from "cassandra-driver";
import { inject } from "vitest";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";

type Pem = { readonly cert: string; readonly key: string };

/** One of the two servers of the run. `stranger` is a client certificate of an authority that the server does not know. */
export type TestCassandra = {
  readonly release: CassandraRelease;
  readonly host: string;
  readonly port: number;
  readonly dataCentre: string;
  readonly username: string;
  readonly password: string;
  readonly tls: { readonly ca: string; readonly client: Pem; readonly stranger: Pem } | null;
  readonly controlUrl: string;
};

declare module "vitest" {
  interface ProvidedContext {
    cassandra: Readonly<Record<CassandraRelease, TestCassandra>>;
  }
}

/** The releases that every test over both servers runs on. */
export const TESTED_RELEASES: readonly CassandraRelease[] = ["2.2.18", "5.0.6"];

/** The run's server of a release: 2.2.18 with passwords, 5.0.6 with passwords and TLS in both directions. */
export function testCassandra(release: CassandraRelease): TestCassandra {
  return inject("cassandra")[release];
}

/**
 * Stops a server in its tracks, lets it go on, kills it, or starts it again on the same data and ports. Files run one after
 * another, so a test may do this to the run's server when it puts it right again before it ends.
 */
export async function order(
  server: TestCassandra,
  what: "freeze" | "thaw" | "kill" | "start",
): Promise<void> {
  const response = await fetch(`${server.controlUrl}/${what}`, { method: "POST" });
  if (!response.ok) throw new Error(await response.text());
}

/** A driver session of the superuser. The caller shuts it down. */
export async function connectAsSuperuser(
  server: TestCassandra,
  options: Partial<ClientOptions> = {},
): Promise<Client> {
  const { tls } = server;
  const client = new Client({
    contactPoints: [`${server.host}:${server.port}`],
    localDataCenter: server.dataCentre,
    authProvider: new auth.PlainTextAuthProvider(server.username, server.password),
    socketOptions: { readTimeout: 30_000, connectTimeout: 10_000 },
    ...(tls === null ? {} : { sslOptions: { ca: [tls.ca], cert: tls.client.cert, key: tls.client.key } }),
    ...options,
  });
  await client.connect();
  return client;
}

/** A keyspace for one test file, and a superuser's session in it. `drop` ends both. */
export type TestKeyspace = {
  readonly server: TestCassandra;
  readonly name: string;
  readonly client: Client;
  readonly drop: () => Promise<void>;
};

/** A fresh keyspace. `network` replicates by data centre, as production does; `simple` by count alone. */
export async function createTestKeyspace(
  release: CassandraRelease,
  replication: "simple" | "network" = "simple",
): Promise<TestKeyspace> {
  const server = testCassandra(release);
  const name = `test_${randomBytes(6).toString("hex")}`;
  const client = await connectAsSuperuser(server);
  const strategy =
    replication === "simple"
      ? "{'class': 'SimpleStrategy', 'replication_factor': 1}"
      : `{'class': 'NetworkTopologyStrategy', '${server.dataCentre}': 1}`;
  await client.execute(`CREATE KEYSPACE ${name} WITH replication = ${strategy}`);
  const drop = async () => {
    await client.execute(`DROP KEYSPACE IF EXISTS ${name}`);
    await client.shutdown();
  };
  return { server, name, client, drop };
}
