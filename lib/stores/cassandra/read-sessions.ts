import { AdapterError } from "#lib/errors.ts";
import {
  APPLICATION_NAME,
  type CassandraTarget,
  type Connection,
  type Row,
  withConnection,
} from "#lib/stores/cassandra/connection.ts";
import { optionalInt, optionalText, textMap } from "#lib/stores/cassandra/fields.ts";
import { withCoordinator } from "#lib/stores/cassandra/site.ts";
import type { Cluster, Node } from "#lib/stores/cassandra/topology.ts";
import type { SessionsReading, StoreSession } from "#lib/stores/schema.ts";

type Seen =
  | { readonly node: Node; readonly rows: readonly Row[] }
  | { readonly node: Node; readonly failure: AdapterError };

/**
 * Everybody else connected to the cluster by CQL, from `system_views.clients` of every node. Servers before 4.0 have no such table:
 * `unknown`. AtlasDB also connects by Thrift, which no table shows.
 * @throws AdapterError effect `none` when no contact point can be used
 */
export async function readSessions(target: CassandraTarget): Promise<SessionsReading> {
  const cluster = await withCoordinator(target, async (_connection, found) => found);
  if (cluster.generation !== "4+") {
    return {
      knowledge: "unknown",
      reason: `Cassandra ${cluster.version} does not tell who is connected; servers from 4.0 on do. Look at the connections on each node (its Thrift and CQL ports) and attest.`,
    };
  }
  const seen: Seen[] = [];
  for (const node of cluster.nodes) seen.push(await readNode(target, node));
  return readingOf(target, cluster, seen);
}

async function readNode(target: CassandraTarget, node: Node): Promise<Seen> {
  try {
    if (node.endpoint === null)
      throw new AdapterError("address-unknown", "none", "Its address is not known.");
    const rows = await withConnection(target, node.endpoint, (connection: Connection) =>
      connection.query("SELECT * FROM system_views.clients", "one"),
    );
    return { node, rows };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { node, failure: error };
  }
}

function readingOf(target: CassandraTarget, cluster: Cluster, seen: readonly Seen[]): SessionsReading {
  const answered = seen.filter((one) => "rows" in one);
  const failed = seen.filter((one) => "failure" in one);
  const [failure] = failed;
  if (answered.length === 0) {
    return {
      knowledge: "unknown",
      reason: `No node tells who is connected. ${failure?.failure.message ?? ""} If a right is missing, grant our user SELECT on system_views.`,
    };
  }
  const rows = answered.flatMap(({ node, rows: clients }) => clients.map((row) => ({ node, row })));
  const named = rows.some(({ row }) => textMap(row, "client_options").size > 0);
  const foreign = rows.filter(({ row }) => !isOwn(row, target, named));
  const reasons = [
    ...(failed.length === 0
      ? []
      : [
          `${failed.length} of ${seen.length} nodes did not answer: ${failed.map(({ node }) => node.address).join(", ")}.`,
        ]),
    ...(named
      ? []
      : [
          "This server does not show the names of applications (4.1 and later do), so sessions of our user with our driver count as ours.",
        ]),
  ];
  return {
    knowledge: reasons.length === 0 ? "seen" : "partial",
    sessions: foreign.slice(0, 10_000).map(({ node, row }) => toSession(node, row)),
    ownSessions: rows.length - foreign.length,
    reason: reasons.length === 0 ? null : reasons.join(" ").slice(0, 2000),
    source: `${cluster.name} system_views.clients of ${answered.length} nodes`,
    readAt: cluster.readAt,
  };
}

function isOwn(row: Row, { config }: CassandraTarget, named: boolean): boolean {
  if (named) return textMap(row, "client_options").get("APPLICATION_NAME") === APPLICATION_NAME;
  const ours = /^(Apache Cassandra|DataStax) Node\.js Driver/.test(optionalText(row, "driver_name") ?? "");
  return ours && optionalText(row, "username") === (config.user ?? "anonymous");
}

function toSession(node: Node, row: Row): StoreSession {
  const address = optionalText(row, "address");
  const options = textMap(row, "client_options");
  const driver = [optionalText(row, "driver_name"), optionalText(row, "driver_version")]
    .filter((part) => part !== null)
    .join(" ");
  const keyspace = optionalText(row, "keyspace_name");
  const stage = optionalText(row, "connection_stage");
  return {
    id: `${node.address} ${address ?? "hidden"}:${optionalInt(row, "port") ?? "?"}`.slice(0, 100),
    user: optionalText(row, "username"),
    address,
    application: (options.get("APPLICATION_NAME") ?? (driver || null))?.slice(0, 300) ?? null,
    state:
      [stage, keyspace === null ? null : `keyspace ${keyspace}`]
        .filter((part) => part !== null)
        .join(", ")
        .slice(0, 100) || null,
    startedAt: null,
    lastQueryAt: null,
    locksBoundTable: false,
  };
}
