import path from "node:path";

import type { LocalTools } from "#lib/local-cassandra/java.ts";
import { type LocalCassandra, startLocalCassandra } from "#lib/local-cassandra/server.ts";
import { ensureKeyspace, recreateKeyspace } from "#lib/sandbox/cassandra/keyspace.ts";
import type { CassandraConnection } from "#lib/sandbox/cassandra/session.ts";
import { CASSANDRA_SERVICE } from "#lib/sandbox/definitions.ts";
import type { LabStore } from "#lib/sandbox/lab-bench.ts";
import { type SeededNotes, SUPERUSER_PASSWORD } from "#lib/sandbox/prepare-stores.ts";
import type { SandboxState } from "#lib/sandbox/sandbox-state.ts";

/** The sandbox's Cassandra: a running server with the store on it, none as nobody wanted one, or none for a reason. */
export type SandboxCassandra =
  | { readonly state: "running"; readonly server: LocalCassandra; readonly store: LabStore }
  | { readonly state: "unwanted" }
  | { readonly state: "failed"; readonly why: string };

/**
 * Starts the sandbox's Cassandra, the release that AtlasDB runs on, with its data in the sandbox's folder, and makes the store of its
 * service when that is not complete. Never rejects: the sandbox is of use without it.
 */
export async function prepareCassandraStore(
  folder: string,
  tools: LocalTools | null,
  state: SandboxState,
  notes: SeededNotes,
): Promise<SandboxCassandra> {
  if (tools === null) return { state: "unwanted" };
  let server: LocalCassandra | null = null;
  try {
    server = await startLocalCassandra({
      release: "2.2.18",
      folder: path.join(folder, "cassandra"),
      tools,
      requirePassword: true,
    });
    return { state: "running", server, store: await prepareStore(server, state, notes) };
  } catch (error) {
    await server?.kill();
    return { state: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

async function prepareStore(
  server: LocalCassandra,
  state: SandboxState,
  notes: SeededNotes,
): Promise<LabStore> {
  const { id, database, tables } = CASSANDRA_SERVICE;
  const connection: CassandraConnection = {
    kind: "cassandra",
    host: server.host,
    port: server.ports.cql,
    thriftPort: server.ports.thrift,
    dataCentre: server.dataCentre,
    keyspace: database,
    user: database,
    password: state.passwords[id] ?? "",
  };
  await ensureKeyspace(connection, state.passwords[SUPERUSER_PASSWORD] ?? "");
  const recreate = async () => recreateKeyspace(connection, tables);
  if (!notes.has(id)) await recreate();
  notes.add(id);
  return { definition: CASSANDRA_SERVICE, connection, recreate };
}
