import { AdapterError } from "#lib/errors.ts";
import { type CassandraTarget, type Connection, withConnection } from "#lib/stores/cassandra/connection.ts";
import type { TableColumn } from "#lib/stores/cassandra/decode.ts";
import { text } from "#lib/stores/cassandra/fields.ts";
import type { CassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { type Generation, identifier, literal, type TableName } from "#lib/stores/cassandra/statements.ts";
import {
  type Cluster,
  readCluster,
  readReplication,
  type Replication,
  systemOf,
} from "#lib/stores/cassandra/topology.ts";
import type { StoreIdentity, StoreServer } from "#lib/stores/schema.ts";

/** A table as the catalogue shows it. */
export type FoundTable = { readonly id: string; readonly columns: readonly TableColumn[] };

/** Where the bound is, seen from one node; `table` null where the keyspace has no timestamp table. */
export type Site = {
  readonly cluster: Cluster;
  readonly replication: Replication;
  readonly name: TableName;
  readonly table: FoundTable | null;
};

/**
 * Connects to the first contact point of the local data centre that answers. One that answers from another data centre is passed over.
 * @throws AdapterError effect `none`: the first contact point's failure, or `data-centre-unknown`
 */
export async function withCoordinator<T>(
  target: CassandraTarget,
  work: (connection: Connection, cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { contactPoints, localDataCenter } = target.config;
  const failures: AdapterError[] = [];
  const elsewhere = new Set<string>();
  for (const endpoint of contactPoints) {
    let begun = false;
    try {
      const outcome = await withConnection(target, endpoint, async (connection) => {
        const cluster = await readCluster(connection, target.config);
        if (cluster.self.dataCenter !== localDataCenter) {
          elsewhere.add(cluster.self.dataCenter);
          return null;
        }
        begun = true;
        return { result: await work(connection, cluster) };
      });
      if (outcome !== null) return outcome.result;
    } catch (error) {
      if (begun || !(error instanceof AdapterError)) throw error;
      failures.push(error);
    }
  }
  throw noCoordinator(target.config, failures, [...elsewhere]);
}

function noCoordinator(
  { localDataCenter, contactPoints }: CassandraStoreConfig,
  failures: readonly AdapterError[],
  elsewhere: readonly string[],
): AdapterError {
  if (elsewhere.length > 0) {
    return new AdapterError(
      "data-centre-unknown",
      "none",
      `No contact point that answers is in the data centre ${localDataCenter}; they are in ${elsewhere.join(", ")}. Correct the local data centre or the contact points. Nothing was changed in the store.`,
    );
  }
  const [first] = failures;
  if (first === undefined || failures.length === 1)
    return (
      first ??
      new AdapterError(
        "no-contact-point",
        "none",
        "No contact point is given. Nothing was changed in the store.",
      )
    );
  const tried = contactPoints.map(({ host, port }) => `${host}:${port}`).join(", ");
  return new AdapterError(
    first.code,
    "none",
    `None of ${failures.length} contact points (${tried}) can be used. The first: ${first.message}`,
    { cause: first.cause },
  );
}

/** As many copies a data centre as AtlasDB's services have by default, where there are as many nodes. */
const COPIES = 3;

/** Source: atlasdb-facts E.1 (CassandraVerifier) */
function createKeyspaceCql({ nodes }: Cluster, keyspace: string): string {
  const centres = [...new Set(nodes.map(({ dataCenter }) => dataCenter))].toSorted();
  const factors = centres.map((centre) => {
    const count = nodes.filter(({ dataCenter }) => dataCenter === centre).length;
    return `${literal(centre)}: ${Math.min(COPIES, count)}`;
  });
  return `CREATE KEYSPACE ${identifier(keyspace)} WITH replication = {'class': 'NetworkTopologyStrategy', ${factors.join(", ")}} AND durable_writes = true;`;
}

/** The keyspace and its timestamp table. @throws AdapterError `keyspace-missing` */
export async function readSite(
  connection: Connection,
  cluster: Cluster,
  config: CassandraStoreConfig,
): Promise<Site> {
  const { keyspace, table } = config;
  const replication = await readReplication(connection, keyspace, cluster.generation);
  if (replication === null) {
    throw new AdapterError(
      "keyspace-missing",
      "none",
      `The cluster ${cluster.name} has no keyspace ${keyspace}. Check its spelling and case. Nothing was changed in the store. If it is to be a new one, create it first, as AtlasDB would: ${createKeyspaceCql(cluster, keyspace)}`,
    );
  }
  const name = { keyspace, table };
  return { cluster, replication, name, table: await readTable(connection, name, cluster.generation) };
}

/** A table by its name, null where there is none. */
export async function readTable(
  connection: Connection,
  name: TableName,
  generation: Generation,
): Promise<FoundTable | null> {
  const keyspace = `keyspace_name = ${literal(name.keyspace)}`;
  const [tableCql, columnsCql] =
    generation === "2.2"
      ? [
          `SELECT cf_id AS id FROM system.schema_columnfamilies WHERE ${keyspace} AND columnfamily_name = ${literal(name.table)}`,
          `SELECT column_name, type AS kind, validator AS type FROM system.schema_columns WHERE ${keyspace} AND columnfamily_name = ${literal(name.table)}`,
        ]
      : [
          `SELECT id FROM system_schema.tables WHERE ${keyspace} AND table_name = ${literal(name.table)}`,
          `SELECT column_name, kind, type FROM system_schema.columns WHERE ${keyspace} AND table_name = ${literal(name.table)}`,
        ];
  const [found] = await connection.query(tableCql, "one");
  if (found === undefined) return null;
  const columns = await connection.query(columnsCql, "one");
  return {
    id: text(found, "id"),
    columns: columns.map((row) => ({
      name: text(row, "column_name"),
      kind: columnKind(text(row, "kind")),
      type: columnType(text(row, "type")),
    })),
  };
}

function columnKind(kind: string): TableColumn["kind"] {
  if (kind.startsWith("partition")) return "partition";
  return kind.startsWith("clustering") ? "clustering" : "value";
}

const MARSHAL_TYPES: Readonly<Record<string, string>> = {
  "org.apache.cassandra.db.marshal.BytesType": "blob",
  "org.apache.cassandra.db.marshal.LongType": "bigint",
};

function columnType(type: string): string {
  return MARSHAL_TYPES[type] ?? type;
}

/** Which store this is: cluster and nodes, keyspace, table. */
export function identityOf({ cluster, name, table }: Site): StoreIdentity {
  return {
    kind: "cassandra",
    system: systemOf(cluster),
    database: name.keyspace,
    schema: null,
    table: name.table,
    tableId: table?.id ?? null,
  };
}

/** The node that answered. */
export function serverOf(connection: Connection, cluster: Cluster): StoreServer {
  return {
    address: connection.address,
    port: connection.endpoint.port,
    version: cluster.version,
    inRecovery: false,
  };
}

/** Where a reading comes from, without secrets. */
export function sourceOf(connection: Connection, cluster: Cluster, name: TableName): string {
  const { host, port } = connection.endpoint;
  return `${host}:${port} (${cluster.self.dataCenter}) ${name.keyspace}.${name.table}`;
}
