import type { z } from "zod";

import { AdapterError } from "#lib/errors.ts";
import { answerError, asFailure } from "#lib/timelock/answer-error.ts";
import type { Cluster } from "#lib/timelock/cluster.ts";
import type { WireAnswer } from "#lib/timelock/exchange.ts";
import type { NodeAnswer } from "#lib/timelock/timelock.ts";
import { decodeBody } from "#lib/timelock/wire.ts";

/** Asks one node one question; what fails becomes the outcome. */
export async function askNode<T>(
  cluster: Cluster,
  address: string,
  question: () => Promise<{ value: T; answer: WireAnswer }>,
): Promise<NodeAnswer<T>> {
  try {
    const { value, answer } = await question();
    return { node: address, takenAt: answer.takenAt, outcome: { ok: true, value, raw: answer.body } };
  } catch (error) {
    return { node: address, takenAt: cluster.now(), outcome: { ok: false, failure: asFailure(error) } };
  }
}

/** Asks one node a question of `/tl/management`; a 404 becomes `not-supported`. */
export function managementAnswer<T>(
  cluster: Cluster,
  address: string,
  verb: string,
  schema: z.ZodType<T>,
): Promise<NodeAnswer<T>> {
  return askNode(cluster, address, async () => {
    const answer = await cluster.exchange.send(address, { method: "POST", path: `/tl/management/${verb}` });
    if (answer.status === 404) {
      const words = `${address} does not offer ${verb}: the server is older, or the base path is wrong.`;
      throw new AdapterError("not-supported", "none", words);
    }
    if (answer.status !== 200) throw answerError(answer, verb);
    return { value: decodeBody(schema, answer.body, verb), answer };
  });
}
