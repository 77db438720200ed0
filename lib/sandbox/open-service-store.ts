import { openCassandraStore } from "#lib/sandbox/cassandra/service-store.ts";
import type { LabConnection } from "#lib/sandbox/lab-connection.ts";
import { postgresServiceStore } from "#lib/sandbox/postgres-service-store.ts";
import type { ServiceStore } from "#lib/sandbox/service-store.ts";
import { openPool } from "#lib/sandbox/store-connection.ts";

/** Opens a service's store under the name of its node. @throws what the driver says where the store cannot be reached at once */
export async function openServiceStore(connection: LabConnection, node: string): Promise<ServiceStore> {
  if (connection.kind === "cassandra") return openCassandraStore(connection);
  return postgresServiceStore(openPool(connection, node));
}
