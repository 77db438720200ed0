import { isIP } from "node:net";

import { z } from "zod";

import { InvariantError } from "#lib/errors.ts";
import type { Connection, Endpoint, Row } from "#lib/stores/cassandra/connection.ts";
import { isoTime, optionalInt, optionalText, text, textMap } from "#lib/stores/cassandra/fields.ts";
import { systemText } from "#lib/stores/cassandra/identity-text.ts";
import type { CassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { type Generation, literal } from "#lib/stores/cassandra/statements.ts";
import { generationOf } from "#lib/stores/cassandra/versions.ts";
import { parseJson } from "#lib/timestamps/json.ts";
import { parseLong } from "#lib/timestamps/long.ts";

/** A node as the node that we asked knows it. `endpoint`: how we would reach it, null where that is not told. */
export type Node = {
  readonly hostId: string | null;
  readonly address: string;
  readonly endpoint: Endpoint | null;
  readonly dataCenter: string;
  readonly rack: string;
  readonly version: string | null;
  readonly schemaVersion: string | null;
};

/** How a keyspace is replicated: a factor a data centre, or one for the whole cluster under the key `*`. */
export type Replication = {
  readonly strategy: string;
  readonly perDataCenter: boolean;
  readonly factors: ReadonlyMap<string, bigint>;
};

/** What a node tells of itself, its cluster and our keyspace. `self` is the first of `nodes`. */
export type Cluster = {
  readonly name: string;
  readonly partitioner: string;
  readonly self: Node;
  readonly nodes: readonly Node[];
  readonly version: string;
  readonly generation: Generation;
  readonly readAt: string;
};

/** Reads the cluster from the node behind the connection. @throws AdapterError `unsupported-version` before 2.2 */
export async function readCluster(connection: Connection, config: CassandraStoreConfig): Promise<Cluster> {
  const [local] = await connection.query(
    "SELECT cluster_name, host_id, data_center, rack, release_version, partitioner, schema_version, rpc_address, toTimestamp(now()) AS now_at FROM system.local WHERE key = 'local'",
    "one",
  );
  const version = text(local, "release_version");
  const generation = generationOf(version);
  const self: Node = {
    hostId: optionalText(local, "host_id"),
    address: connection.address,
    endpoint: connection.endpoint,
    dataCenter: text(local, "data_center"),
    rack: text(local, "rack"),
    version,
    schemaVersion: optionalText(local, "schema_version"),
  };
  const peers = await readPeers(connection, config, generation);
  return {
    name: text(local, "cluster_name"),
    partitioner: text(local, "partitioner"),
    self,
    nodes: [self, ...peers],
    version,
    generation,
    readAt: isoTime(local, "now_at"),
  };
}

async function readPeers(
  connection: Connection,
  config: CassandraStoreConfig,
  generation: Generation,
): Promise<readonly Node[]> {
  const rows = await connection.query(
    generation === "4+"
      ? "SELECT peer, native_address AS address, native_port AS port, data_center, host_id, rack, release_version, schema_version FROM system.peers_v2"
      : "SELECT peer, rpc_address AS address, data_center, host_id, rack, release_version, schema_version FROM system.peers",
    "one",
  );
  // A node that left without a farewell keeps a row without its particulars for a while.
  return rows
    .filter((row) => optionalText(row, "data_center") !== null)
    .map((row) => peerOf(row, config))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1));
}

function peerOf(row: Row, config: CassandraStoreConfig): Node {
  const told = optionalText(row, "address");
  const peer = text(row, "peer");
  const address = told === null || told === "0.0.0.0" || told === "::" ? peer : told;
  return {
    hostId: optionalText(row, "host_id"),
    address,
    endpoint: peerEndpoint(address, optionalInt(row, "port"), config),
    dataCenter: text(row, "data_center"),
    rack: optionalText(row, "rack") ?? "unknown",
    version: optionalText(row, "release_version"),
    schemaVersion: optionalText(row, "schema_version"),
  };
}

/** A contact point of this address wins: its port was given by hand. Before 4.0 nodes do not tell each other's CQL ports. */
function peerEndpoint(
  address: string,
  port: number | null,
  { contactPoints }: CassandraStoreConfig,
): Endpoint {
  const given = contactPoints.find(({ host }) => isIP(host) !== 0 && host === address);
  if (given !== undefined) return given;
  const [first] = contactPoints;
  if (first === undefined) throw new InvariantError("a store has a contact point");
  return { host: address, port: port ?? first.port };
}

/** The cluster's identity. */
export function systemOf({ name, nodes }: Cluster): string {
  return systemText(
    name,
    nodes.map(({ hostId }) => hostId),
  );
}

/** How the keyspace is replicated; null where there is no such keyspace. */
export async function readReplication(
  connection: Connection,
  keyspace: string,
  generation: Generation,
): Promise<Replication | null> {
  const where = `WHERE keyspace_name = ${literal(keyspace)}`;
  if (generation === "2.2") {
    const [row] = await connection.query(
      `SELECT strategy_class, strategy_options FROM system.schema_keyspaces ${where}`,
      "one",
    );
    if (row === undefined) return null;
    const options = strategyOptions.parse(parseJson(text(row, "strategy_options")));
    return replicationOf(text(row, "strategy_class"), new Map(Object.entries(options)));
  }
  const [row] = await connection.query(`SELECT replication FROM system_schema.keyspaces ${where}`, "one");
  if (row === undefined) return null;
  const { class: strategy, ...options } = Object.fromEntries(textMap(row, "replication"));
  return replicationOf(strategy ?? "unknown", new Map(Object.entries(options)));
}

const strategyOptions = z.record(z.string(), z.string());

/** The factors of a strategy's options; a transient replica (`3/1`) counts as the replica that it is. */
export function replicationOf(strategyClass: string, options: ReadonlyMap<string, string>): Replication {
  const strategy = strategyClass.split(".").at(-1) ?? strategyClass;
  const perDataCenter = strategy === "NetworkTopologyStrategy";
  const factors = [...options].flatMap(([name, value]) => {
    const factor = parseLong(value.split("/")[0] ?? "");
    return factor === null ? [] : [[perDataCenter ? name : "*", factor] as const];
  });
  return { strategy, perDataCenter, factors: new Map(factors) };
}

/** The data centres that hold the keyspace, the local one first: those from which AtlasDB may read. */
export function replicaDataCenters(
  cluster: Cluster,
  replication: Replication,
  local: string,
): readonly string[] {
  const known = [...new Set(cluster.nodes.map(({ dataCenter }) => dataCenter))];
  const holding = replication.perDataCenter
    ? [...replication.factors].filter(([, factor]) => factor > 0n).map(([name]) => name)
    : known;
  return holding.toSorted((a, b) => (a === local ? -1 : b === local ? 1 : a < b ? -1 : 1));
}
