import { AdapterError, type Effect } from "#lib/errors.ts";
import { answerError } from "#lib/timelock/answer-error.ts";
import type { Exchange, WireAnswer, WireRequest } from "#lib/timelock/exchange.ts";
import type { NodeMap } from "#lib/timelock/node-map.ts";

/** Waits between rounds over all nodes; an election takes about half a second. Source: atlasdb-observed (TimeLock) */
const ROUND_PAUSES_MS = [150, 350, 700, 1_400, 2_800] as const;

/**
 * How a request may be repeated. `freely`: it changes nothing, so any failure moves on to the next node. `unless-sent`: only an answer
 * "not the leader" or a connection that never came up moves on; a time-out, a reset or a failure of the server ends the search.
 */
export type Repetition = "freely" | "unless-sent";

/** The leader's answer: any status but 308, 429 and 5xx. `unclear` says that an earlier attempt may have been carried out. */
export type LeaderAnswer = { readonly answer: WireAnswer; readonly unclear: boolean };

/** Finds leaders; remembers the last one of each namespace, since they may differ. */
export type LeaderWalk = {
  /**
   * Sends a request to the leader of a namespace: the remembered one first, then where a 308 points if that is a known node, then
   * every other node, in rounds until the time for a search is over.
   * @throws AdapterError `no-leader` when nodes answered but none leads; the last node's own code when none answered
   */
  ask(namespace: string, request: WireRequest, repetition: Repetition, what: string): Promise<LeaderAnswer>;
};

type Search = { readonly failures: Map<string, AdapterError>; unclear: boolean; sawFollower: boolean };

/** Makes the leader search of a cluster. `searchMs` bounds the time after which no further attempt begins. */
export function createLeaderWalk(exchange: Exchange, nodes: NodeMap, searchMs: number): LeaderWalk {
  const leaders = new Map<string, string>();

  async function ask(
    namespace: string,
    request: WireRequest,
    repetition: Repetition,
    what: string,
  ): Promise<LeaderAnswer> {
    const search: Search = { failures: new Map(), unclear: false, sawFollower: false };
    const endsAt = performance.now() + searchMs;
    for (const pauseMs of [...ROUND_PAUSES_MS, null]) {
      const answer = await round(search, leaders.get(namespace), endsAt, (address) =>
        attempt(search, address, request, repetition, what),
      );
      if (answer !== null) {
        leaders.set(namespace, answer.address);
        return { answer, unclear: search.unclear };
      }
      leaders.delete(namespace);
      if (pauseMs === null || !search.sawFollower || performance.now() + pauseMs >= endsAt) break;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    throw exhausted(search, what);
  }

  async function round(
    search: Search,
    remembered: string | undefined,
    endsAt: number,
    send: (address: string) => Promise<WireAnswer | null>,
  ): Promise<WireAnswer | null> {
    const left = new Set(nodes.addresses);
    let next = remembered ?? nodes.addresses[0];
    while (next !== undefined && performance.now() < endsAt) {
      left.delete(next);
      const answer = await send(next);
      if (answer !== null && answer.status !== 308 && answer.status !== 503) return answer;
      if (answer !== null) search.sawFollower = true;
      const pointed = answer?.location === null || answer === null ? null : nodes.find(answer.location);
      const [another] = left;
      next = pointed !== null && left.has(pointed) ? pointed : another;
    }
    return null;
  }

  async function attempt(
    search: Search,
    address: string,
    request: WireRequest,
    repetition: Repetition,
    what: string,
  ): Promise<WireAnswer | null> {
    try {
      const answer = await exchange.send(address, request);
      if (answer.status < 500 && answer.status !== 308 && answer.status !== 429) return answer;
      const error = answerError(answer, what);
      note(search, address, error);
      if (answer.status === 308 || answer.status === 503) return answer;
      throw error;
    } catch (error) {
      if (!(error instanceof AdapterError) || error.code === "closed") throw error;
      note(search, address, error);
      if (repetition === "unless-sent" && error.effect === "unknown") throw error;
      return null;
    }
  }

  return { ask };
}

function note(search: Search, address: string, error: AdapterError): void {
  search.failures.set(address, error);
  if (error.effect === "unknown") search.unclear = true;
}

function exhausted(search: Search, what: string): AdapterError {
  const failures = [...search.failures.values()];
  const effect: Effect = search.unclear ? "unknown" : "none";
  const said = failures.map((failure) => failure.message).join(" ");
  if (search.sawFollower) {
    const words = `No node accepts ${what} as leader: the cluster has lost its quorum, or an election goes on. ${said}`;
    return new AdapterError("no-leader", effect, words, { cause: new AggregateError(failures) });
  }
  const code = failures.at(-1)?.code ?? "no-leader";
  return new AdapterError(code, effect, `No node could be asked for ${what}. ${said}`, {
    cause: new AggregateError(failures),
  });
}
