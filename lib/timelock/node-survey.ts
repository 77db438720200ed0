import type { Cluster } from "#lib/timelock/cluster.ts";
import { learnedBound } from "#lib/timelock/learned-bound.ts";
import { requireNamespace } from "#lib/timelock/limits.ts";
import { managementAnswer } from "#lib/timelock/node-question.ts";
import type { NamespaceUnion, Timelock } from "#lib/timelock/timelock.ts";
import { namespaceListSchema, serverIdSchema } from "#lib/timelock/wire.ts";

/** The calls that ask every node and create nothing. */
export type Surveys = Pick<Timelock, "namespaces" | "activeNamespaces" | "learnedBound" | "serverIds">;

/** Makes the surveys of a cluster. A failing node is an entry of the result, never an exception. */
export function surveys(cluster: Cluster): Surveys {
  const ids = (address: string) => managementAnswer(cluster, address, "getServerLifecycleId", serverIdSchema);
  return {
    namespaces: () => union(cluster, "getNamespaces"),
    activeNamespaces: () => union(cluster, "getActiveNamespaces"),
    learnedBound: async (namespace) => {
      requireNamespace(namespace);
      return learnedBound(cluster, namespace, (address) =>
        managementAnswer(cluster, address, "getNamespaces", namespaceListSchema),
      );
    },
    serverIds: () => Promise.all(cluster.nodes.addresses.map(ids)),
  };
}

async function union(cluster: Cluster, verb: string): Promise<NamespaceUnion> {
  const perNode = await Promise.all(
    cluster.nodes.addresses.map((address) => managementAnswer(cluster, address, verb, namespaceListSchema)),
  );
  const lists = perNode.flatMap((answer) => (answer.outcome.ok ? [answer.outcome.value] : []));
  return {
    namespaces: [...new Set(lists.flat())].toSorted(),
    majority: !cluster.nodes.behindBalancer && lists.length >= cluster.nodes.majority,
    perNode,
    takenAt: cluster.now(),
  };
}
