import { z } from "zod";

import { AdapterError } from "#lib/errors.ts";
import { parseJson } from "#lib/timestamps/json.ts";
import { LONG_MIN } from "#lib/timestamps/long.ts";

/**
 * What a simulated service asks of TimeLock, over HTTP of its own: it shares no code with the console's client, so that one cannot hide
 * the other's mistakes. Paths, headers and answers as a real client sends and gets them.
 * Source: golden transcript real-client-embedded-to-timelock, atlasdb-facts A.2, A.4
 */
export interface ServiceTimelock {
  ping(namespace: string): Promise<void>;
  fastForward(namespace: string, to: bigint): Promise<void>;
  fresh(namespace: string): Promise<bigint>;
}

/** What AtlasDB fast-forwards to when a store has nothing to carry: it changes nothing. Source: atlasdb-facts A.6, B.4.3 */
export const NO_OP_FAST_FORWARD = LONG_MIN + 1n;

/** The addresses, asked anew for each call so that a restarted node is found. */
export type TimelockAddresses = () => readonly string[];

type Request = { readonly method: "GET" | "POST"; readonly path: string; readonly authorized: boolean };

const USER_AGENT = "lockstep-sandbox/1.0.0 atlasdb-http-client/2.0";
const REQUEST_TIMEOUT_MS = 12_566;
const ROUNDS_MAX = 4;
const ROUND_PAUSE_MS = 250;
const bareLong = z.bigint();

/** A client of the cluster at `addresses`. Calls are repeated over all nodes for about a second, then fail with `no-leader`. */
export function serviceTimelock(addresses: TimelockAddresses): ServiceTimelock {
  return {
    ping: async (namespace) => {
      await send(addresses, {
        method: "GET",
        path: `/${namespace}/timestamp-management/ping`,
        authorized: false,
      });
    },
    fastForward: async (namespace, to) => {
      const path = `/${namespace}/timestamp-management/fast-forward?currentTimestamp=${to}`;
      await send(addresses, { method: "POST", path, authorized: false });
    },
    fresh: async (namespace) => {
      const body = await send(addresses, { method: "POST", path: `/tl/ts1/${namespace}`, authorized: true });
      return bareLong.parse(parseJson(body));
    },
  };
}

async function send(addresses: TimelockAddresses, request: Request): Promise<string> {
  let reason = "no node is known";
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const nodes = addresses();
    let queue = [...nodes];
    while (queue.length > 0) {
      const [node = "", ...rest] = queue;
      queue = rest;
      const answer = await ask(node, request);
      if (answer.kind === "answered") return answer.body;
      reason = answer.reason;
      // A redirect names a node, never a path, and is followed only to a node that we know. Source: atlasdb-facts A.4
      if (answer.location !== null && queue.includes(answer.location)) {
        const target = answer.location;
        queue = [target, ...queue.filter((other) => other !== target)];
      }
    }
    await new Promise((resolve) => setTimeout(resolve, ROUND_PAUSE_MS));
  }
  throw new AdapterError("no-leader", "unknown", `TimeLock has not answered: ${reason}`);
}

type Answer =
  | { readonly kind: "answered"; readonly body: string }
  | { readonly kind: "elsewhere"; readonly reason: string; readonly location: string | null };

async function ask(node: string, request: Request): Promise<Answer> {
  try {
    const response = await fetch(node + request.path, {
      method: request.method,
      redirect: "manual",
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      headers: {
        "user-agent": USER_AGENT,
        ...(request.authorized ? { authorization: "Bearer omitted" } : {}),
      },
    });
    const body = await response.text();
    if (response.ok) return { kind: "answered", body };
    return {
      kind: "elsewhere",
      reason: `${node} answered ${response.status}`,
      location: response.headers.get("location")?.replace(/\/$/, "") ?? null,
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { kind: "elsewhere", reason: `${node} did not answer (${reason})`, location: null };
  }
}
