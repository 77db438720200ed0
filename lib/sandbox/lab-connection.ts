import type { CassandraConnection } from "#lib/sandbox/cassandra/session.ts";
import type { StoreConnection } from "#lib/sandbox/store-connection.ts";

/** How a store of either kind is reached. */
export type LabConnection = StoreConnection | CassandraConnection;
