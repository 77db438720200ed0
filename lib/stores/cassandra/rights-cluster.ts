import { AdapterError } from "#lib/errors.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import type { Probed } from "#lib/stores/cassandra/nodes.ts";
import { isOrdered, partitionerName } from "#lib/stores/cassandra/partitioner.ts";
import { readLocally } from "#lib/stores/cassandra/read-bound.ts";
import { blocking, pass, warning } from "#lib/stores/cassandra/rights-words.ts";
import { type Cluster, replicaDataCenters, type Replication } from "#lib/stores/cassandra/topology.ts";
import type { StoreFinding } from "#lib/stores/schema.ts";

/** The checks that need no more than what one node tells. */
export function clusterFindings(
  cluster: Cluster,
  replication: Replication,
  keyspace: string,
  local: string,
): StoreFinding[] {
  const name = partitionerName(cluster.partitioner);
  return [
    pass("server-version", `Cassandra ${cluster.version} can be read and written by us.`),
    isOrdered(cluster.partitioner)
      ? pass("partitioner", `The partitioner is ${name}, in byte order as AtlasDB demands.`)
      : warning(
          "partitioner",
          `The partitioner is ${name}. AtlasDB demands a byte-ordered one unless its check is turned off: check that this is the service's cluster.`,
        ),
    replicationFinding(cluster, replication, keyspace, local),
  ];
}

function replicationFinding(
  cluster: Cluster,
  replication: Replication,
  keyspace: string,
  local: string,
): StoreFinding {
  const words = describeReplication(replication);
  if (!replication.perDataCenter) {
    return warning(
      "replication",
      `The keyspace ${keyspace} is replicated by ${words}, which knows no data centres. AtlasDB uses NetworkTopologyStrategy: check that this is the service's keyspace.`,
    );
  }
  const unknown = replicaDataCenters(cluster, replication, local).filter(
    (name) => !cluster.nodes.some((node) => node.dataCenter === name),
  );
  if ((replication.factors.get(local) ?? 0n) <= 0n) {
    return blocking(
      "replication",
      `The keyspace ${keyspace} has no replica in the local data centre ${local} (${words}). Give the data centre that the service uses.`,
    );
  }
  if (unknown.length > 0) {
    return blocking(
      "replication",
      `The keyspace ${keyspace} is replicated to ${unknown.join(", ")}, where no node is: a write confirmed in every data centre cannot succeed. Correct the replication first.`,
    );
  }
  return pass("replication", `The keyspace ${keyspace} is replicated: ${words}.`);
}

/** A replication in a few words. */
export function describeReplication({ strategy, perDataCenter, factors }: Replication): string {
  const list = [...factors].map(([name, factor]) =>
    perDataCenter ? `${name}: ${factor}` : `${factor} copies`,
  );
  return `${strategy} (${list.join(", ") || "no copies"})`;
}

/** Whether every node answers, and whether they agree about the schema. */
export function nodeFindings(cluster: Cluster, probed: readonly Probed[]): StoreFinding[] {
  const down = probed.filter(({ failure }) => failure !== null);
  const versions = new Set(
    probed.map(({ schemaVersion }) => schemaVersion).filter((version) => version !== null),
  );
  const list = down
    .slice(0, 20)
    .map(({ node, failure }) => `${node.address} (${node.dataCenter}, ${failure?.code ?? "unknown"})`)
    .join(", ");
  return [
    down.length === 0
      ? pass("nodes", `All ${probed.length} nodes of the cluster answer.`)
      : warning(
          "nodes",
          `${down.length} of ${probed.length} nodes do not answer us on their CQL port: ${list}. They may be down, or out of our reach; before 4.0 a node does not tell the CQL ports of the others.`,
        ),
    versions.size > 1
      ? warning(
          "schema-agreement",
          `The nodes that answer do not agree about the schema (${[...versions].join(", ")}). Wait until they do, or restart the node that lags, before you change anything.`,
        )
      : pass("schema-agreement", `The nodes that answer agree about the schema of ${cluster.name}.`),
  ];
}

/** Tries the very reads on which the proof will rest: the bound's row at LOCAL_QUORUM in each data centre that holds it. */
export async function quorumFindings(
  target: CassandraTarget,
  cluster: Cluster,
  replication: Replication,
): Promise<StoreFinding[]> {
  const findings: StoreFinding[] = [];
  for (const name of replicaDataCenters(cluster, replication, target.config.localDataCenter)) {
    try {
      await readLocally(target, cluster, name);
      findings.push(
        pass("quorum", `The bound can be read at LOCAL_QUORUM in ${name}: enough of its nodes are up.`),
      );
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      findings.push(
        blocking(
          "quorum",
          `The bound cannot be read at LOCAL_QUORUM in ${name}, so a write that every data centre confirms (EACH_QUORUM) cannot be expected to succeed. ${error.message}`,
        ),
      );
    }
  }
  return findings;
}
