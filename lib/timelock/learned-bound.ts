import { answerError } from "#lib/timelock/answer-error.ts";
import type { Cluster } from "#lib/timelock/cluster.ts";
import { askNode } from "#lib/timelock/node-question.ts";
import type { LearnedBound, NodeAnswer, NodeLearned } from "#lib/timelock/timelock.ts";
import { decodeBody, decodeBound, paxosValueSchema } from "#lib/timelock/wire.ts";

type Lister = (address: string) => Promise<NodeAnswer<readonly string[]>>;

/**
 * Reads the greatest learned value of every node that lists the namespace, and judges the whole. A node is never asked for the value of
 * a namespace that it does not list, because the question alone would create state there. Source: atlasdb-facts A.2 note (e)
 */
export async function learnedBound(cluster: Cluster, namespace: string, list: Lister): Promise<LearnedBound> {
  const perNode = await Promise.all(
    cluster.nodes.addresses.map((address) => learnedByNode(cluster, namespace, address, list)),
  );
  return { ...judge(cluster, namespace, perNode), perNode, takenAt: cluster.now() };
}

async function learnedByNode(
  cluster: Cluster,
  namespace: string,
  address: string,
  list: Lister,
): Promise<NodeAnswer<NodeLearned>> {
  const listed = await list(address);
  if (!listed.outcome.ok) return { ...listed, outcome: listed.outcome };
  if (!listed.outcome.value.includes(namespace)) {
    return {
      node: address,
      takenAt: listed.takenAt,
      outcome: { ok: true, value: { state: "namespace-unknown" }, raw: listed.outcome.raw },
    };
  }
  return askNode<NodeLearned>(cluster, address, async () => {
    const what = `the learned bound of ${namespace}`;
    const path = `/.internal/clientPaxos/${namespace}/learner/greatest-learned-value`;
    const answer = await cluster.exchange.send(address, { method: "GET", path });
    if (answer.status === 204) return { value: { state: "nothing" }, answer };
    if (answer.status === 404) return { value: { state: "not-kept" }, answer };
    if (answer.status !== 200) throw answerError(answer, what);
    const learned = decodeBody(paxosValueSchema, answer.body, what);
    if (learned.data === null || learned.data === undefined) return { value: { state: "nothing" }, answer };
    return { value: { state: "value", bound: decodeBound(learned.data), round: learned.round }, answer };
  });
}

type Verdict =
  | { readonly state: "known"; readonly bound: bigint; readonly node: string; readonly raw: string }
  | { readonly state: "none" | "absent" }
  | { readonly state: "unknown"; readonly reason: string };

function judge(cluster: Cluster, namespace: string, perNode: readonly NodeAnswer<NodeLearned>[]): Verdict {
  const answers = perNode.flatMap(({ node, outcome }) =>
    outcome.ok ? [{ node, raw: outcome.raw, learned: outcome.value }] : [],
  );
  const { majority, behindBalancer } = cluster.nodes;
  if (behindBalancer) {
    return {
      state: "unknown",
      reason: "behind a load balancer one node answers, and one node alone may lag",
    };
  }
  if (answers.length < majority) {
    return {
      state: "unknown",
      reason: `${answers.length} of ${perNode.length} nodes could be read, and ${majority} are needed`,
    };
  }
  const values = answers.flatMap(({ node, raw, learned }) =>
    learned.state === "value" ? [{ node, raw, bound: learned.bound }] : [],
  );
  const greatest = values.reduce<(typeof values)[number] | null>(
    (best, one) => (best === null || one.bound > best.bound ? one : best),
    null,
  );
  if (greatest !== null) return { state: "known", ...greatest };
  return { state: answers.every(({ learned }) => learned.state === "namespace-unknown") ? "absent" : "none" };
}
