import { AdapterError } from "#lib/errors.ts";
import { answered, failedAnswer, type Cluster } from "#lib/timelock/cluster.ts";
import type { LeaderAnswer } from "#lib/timelock/leader-walk.ts";
import { requireFreshCount, requireNamespace } from "#lib/timelock/limits.ts";
import type { Answered, FreshTimestamps, Timelock } from "#lib/timelock/timelock.ts";
import { conjureRangeSchema, decodeBody, legacyRangeSchema } from "#lib/timelock/wire.ts";

type Range = { readonly first: bigint; readonly last: bigint };

/** The cure for a namespace whose counter went past the end of the 64-bit range. Source: atlasdb-facts A.6, A.7 */
export const POISONED_CURE =
  "This is what a fast-forward near the largest 64-bit number leaves behind. Nothing of it was stored: a leader change or a restart of " +
  "the leading node makes the namespace work again from its stored bound. If it fails on every node after that, its stored bound itself " +
  "is at the end of the range; then all nodes have to be stopped and the rows of this namespace removed from the SQLite file of each, " +
  "which the console never does.";

/** Makes `Timelock.freshTimestamps`: the conjure path, or the legacy one where a server answers 404 to the first. */
export function createFreshTimestamps(
  cluster: Cluster,
  ping: (namespace: string) => Promise<Answered>,
): Timelock["freshTimestamps"] {
  async function once(namespace: string, count: number, what: string): Promise<FreshTimestamps> {
    const request = {
      method: "POST",
      path: `/tl/ts/${namespace}`,
      body: JSON.stringify({ numTimestamps: count }),
    } as const;
    const conjure = await cluster.walk.ask(namespace, request, "unless-sent", what);
    if (conjure.answer.status !== 404) return issued(cluster, conjure, count, what, conjureRange);
    const path = `/${namespace}/timestamp/fresh-timestamps?number=${count}`;
    const legacy = await cluster.walk.ask(namespace, { method: "POST", path }, "unless-sent", what);
    return issued(cluster, legacy, count, what, legacyRange);
  }

  return async (namespace, count) => {
    requireNamespace(namespace);
    requireFreshCount(count);
    const what = `${count} fresh timestamp${count === 1 ? "" : "s"} of ${namespace}`;
    try {
      return await once(namespace, count, what);
    } catch (error) {
      if (!(error instanceof AdapterError) || error.code !== "server-error") throw error;
      await requirePong(ping, namespace, error);
    }
    const second = await poisonedUnless(namespace, () => once(namespace, count, what));
    return { ...second, consumedMax: second.consumedMax + BigInt(count) };
  };
}

function conjureRange(body: string, what: string): Range {
  const range = decodeBody(conjureRangeSchema, body, what);
  return { first: range.inclusiveLower, last: range.inclusiveUpper };
}

function legacyRange(body: string, what: string): Range {
  const range = decodeBody(legacyRangeSchema, body, what);
  return { first: range.lowerBound, last: range.upperBound };
}

function issued(
  cluster: Cluster,
  from: LeaderAnswer,
  count: number,
  what: string,
  decode: (body: string, what: string) => Range,
): FreshTimestamps {
  if (from.answer.status !== 200) throw failedAnswer(from.answer, from.unclear, what);
  const { first, last } = decode(from.answer.body, what);
  const length = last - first + 1n;
  if (length < 1n || length > BigInt(count)) {
    const words = `The answer to ${what} is the impossible range ${first} to ${last}.`;
    throw new AdapterError("unexpected-answer", "unknown", words);
  }
  return { ...answered(cluster, from.answer), first, last, consumedMax: BigInt(count) };
}

async function requirePong(
  ping: (namespace: string) => Promise<Answered>,
  namespace: string,
  first: AdapterError,
): Promise<void> {
  try {
    await ping(namespace);
  } catch {
    throw first;
  }
}

/** A bound that changed underneath its leader costs one 500 and mends itself; a second one on a leader that answers pings does not. */
async function poisonedUnless(
  namespace: string,
  again: () => Promise<FreshTimestamps>,
): Promise<FreshTimestamps> {
  try {
    return await again();
  } catch (cause) {
    if (!(cause instanceof AdapterError) || cause.code !== "server-error") throw cause;
    const words = `The leader of ${namespace} answers pings, but fails whenever it is asked for a timestamp. ${POISONED_CURE}`;
    throw new AdapterError("namespace-poisoned", "unknown", words, { cause });
  }
}
