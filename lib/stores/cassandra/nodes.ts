import { AdapterError } from "#lib/errors.ts";
import { type CassandraTarget, withConnection } from "#lib/stores/cassandra/connection.ts";
import { optionalText } from "#lib/stores/cassandra/fields.ts";
import type { Cluster, Node } from "#lib/stores/cassandra/topology.ts";

/** A node that was tried. `failure` null: it answers. */
export type Probed = {
  readonly node: Node;
  readonly failure: AdapterError | null;
  readonly schemaVersion: string | null;
};

/** Most nodes that are tried one by one, and how many at the same time. */
const NODES_MAX = 200;
const AT_ONCE = 8;

/**
 * Connects to every node by itself and asks it something small: up means that it answered us, on its own CQL port. A node beyond the
 * limit counts as not answering.
 */
export async function probeNodes(target: CassandraTarget, { nodes }: Cluster): Promise<readonly Probed[]> {
  const tried: Probed[] = [];
  const asked = nodes.slice(0, NODES_MAX);
  for (let index = 0; index < asked.length; index += AT_ONCE) {
    const batch = asked.slice(index, index + AT_ONCE);
    tried.push(...(await Promise.all(batch.map((node) => probe(target, node)))));
  }
  const left = nodes.slice(NODES_MAX).map((node) => ({ node, failure: notTried(), schemaVersion: null }));
  return [...tried, ...left];
}

function notTried(): AdapterError {
  return new AdapterError("not-tried", "none", `Only ${NODES_MAX} nodes are tried.`);
}

async function probe(target: CassandraTarget, node: Node): Promise<Probed> {
  if (node.endpoint === null) return { node, failure: notTried(), schemaVersion: null };
  try {
    const schemaVersion = await withConnection(target, node.endpoint, async (connection) => {
      const [row] = await connection.query(
        "SELECT schema_version FROM system.local WHERE key = 'local'",
        "one",
      );
      return optionalText(row, "schema_version");
    });
    return { node, failure: null, schemaVersion };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { node, failure: error, schemaVersion: null };
  }
}
