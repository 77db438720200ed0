import path from "node:path";

import { findTools } from "#lib/local-cassandra/java.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import { type LocalCassandra, startLocalCassandra } from "#lib/local-cassandra/server.ts";

/** Cassandra servers of a run, each started when it is first asked for: without passwords or TLS, on the disk as Postgres is. */
export function startServers(folder: string) {
  const started = new Map<CassandraRelease, Promise<LocalCassandra>>();
  const start = async (release: CassandraRelease): Promise<LocalCassandra> => {
    const search = await findTools();
    if (!search.found) throw new Error(search.missing);
    return startLocalCassandra({
      release,
      folder: path.join(folder, `cassandra-${release}`),
      tools: search.tools,
      heapMb: 2_048,
      load: "heavy",
    });
  };
  return {
    cassandra: async (release: CassandraRelease): Promise<LocalCassandra> => {
      const server = started.get(release) ?? start(release);
      started.set(release, server);
      return server;
    },
    stop: async (): Promise<void> => {
      const servers = await Promise.allSettled(started.values());
      await Promise.all(
        servers.map(async (server) => (server.status === "fulfilled" ? server.value.stop() : undefined)),
      );
    },
  };
}
