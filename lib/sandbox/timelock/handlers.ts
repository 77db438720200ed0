import { z } from "zod";

import { type Answer, failure, json, NO_CONTENT } from "#lib/sandbox/timelock/answers.ts";
import type { LearnedValue } from "#lib/sandbox/timelock/bound-journal.ts";
import type { ClusterModel } from "#lib/sandbox/timelock/cluster-model.ts";
import type {
  CounterRefusal,
  PersistentCounter,
  TimestampRange,
} from "#lib/sandbox/timelock/persistent-counter.ts";
import { parseJson } from "#lib/timestamps/json.ts";
import { LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

/** One request to a node whose path is already matched: `name` is the path's variable segment, decoded, or empty. */
export type NodeRequest = {
  readonly index: number;
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: string;
};

/** What the leader of `namespace` does; `not-leader` when it loses its place on the way. */
export type LeaderWork = {
  readonly namespace: string;
  readonly work: (counter: PersistentCounter) => Answer | "not-leader";
};

/** Checks a request for the leader before leadership is looked at, as the real server's parameter parsing does. */
export type LeaderHandler = (request: NodeRequest, model: ClusterModel) => LeaderWork | Answer;

/** Answers from one node's own knowledge. */
export type LocalHandler = (request: NodeRequest, model: ClusterModel) => Answer;

const INT_MAX = 2n ** 31n - 1n;
const INTEGER = /^[+-]?[0-9]{1,19}$/;
const int = z
  .bigint()
  .min(-INT_MAX - 1n)
  .max(INT_MAX);
const numTimestampsSchema = z.object({ numTimestamps: int });
const nameList = z.array(z.string());

const range = ({ first, last }: TimestampRange): string =>
  `{"inclusiveLower":${first},"inclusiveUpper":${last}}`;
const legacyRange = ({ first, last }: TimestampRange): string =>
  `{"lowerBound":${first},"upperBound":${last}}`;
const startAndCount = ({ first, last }: TimestampRange): string =>
  `{"start":${first},"count":${last - first + 1n}}`;
const single = ({ first }: TimestampRange): string => `${first}`;

/** `POST /tl/ts/{ns}` with `{"numTimestamps":n}`. */
export const conjureFresh: LeaderHandler = (request) =>
  withBody(request, numTimestampsSchema, ({ numTimestamps }) => issue(request.name, numTimestamps, range));

/** `POST /tl/t2/{ns}` with a bare count. */
export const conjureFreshV2: LeaderHandler = (request) =>
  withBody(request, int, (count) => issue(request.name, count, startAndCount));

/** One timestamp as a bare number; the immutable timestamp too, which is a fresh one while no transaction runs. */
export const freshOne: LeaderHandler = (request) => issue(request.name, 1n, single);

/** `fresh-timestamps?number=N`; without a number it is zero, which is refused by the leader. */
export const legacyFreshBatch: LeaderHandler = (request) => {
  const count = longParameter(request.query.get("number"), 0n);
  return count === null || count > INT_MAX ? failure("badRequest") : issue(request.name, count, legacyRange);
};

/** `POST /tl/lt/{ns}`: who leads, and a clock in nanoseconds. */
export const leaderTime: LeaderHandler = (request, model) => {
  const id = model.states.at(request.index).leaderId;
  return {
    namespace: request.name,
    work: () => json(`{"id":"${id}","currentTime":${process.hrtime.bigint()}}`),
  };
};

/** The leader answers so if it has quorum, and touches no counter. */
export function says(answer: () => Answer): LeaderHandler {
  return (request) => ({ namespace: request.name, work: answer });
}

/** `POST /{ns}/timestamp-management/fast-forward`: a missing value is refused, but only by the leader. */
export const legacyFastForward: LeaderHandler = (request) => {
  const to = longParameter(request.query.get("currentTimestamp"), LONG_MIN);
  return to === null ? failure("badRequest") : raise(request.name, to);
};

/** `POST /tl/management/fastForward`: a missing value is zero and does nothing, a missing namespace breaks the call. */
export const managementFastForward: LeaderHandler = (request) => {
  const namespace = request.query.get("namespace");
  const to = longParameter(request.query.get("currentTimestamp"), 0n);
  if (to === null) return failure("badRequest");
  return namespace === null ? failure("internal") : raise(namespace, to);
};

/** The node's namespaces on disk. */
export const getNamespaces: LocalHandler = (request, model) =>
  json(JSON.stringify(model.listed(request.index)));

/** The namespaces that this node was asked about in the last six hours. */
export const getActiveNamespaces: LocalHandler = (request, model) =>
  json(JSON.stringify(model.active(request.index)));

/** The identity of the node's process. */
export const getServerLifecycleId: LocalHandler = (request, model) =>
  json(`"${model.states.at(request.index).processId}"`);

/** Makes the node forget what it holds in memory for some namespaces; the way out of a poisoned counter. */
export const invalidateResources: LocalHandler = (request, model) => {
  const names = parsed(nameList, request.body);
  if (names === null) return failure(request.body === "" ? "internal" : "badRequest");
  model.forget(request.index, names);
  return NO_CONTENT;
};

/** The node's newest learned value of a namespace; 204 without one. */
export const greatestLearnedValue: LocalHandler = (request, model) => {
  const value = model.learned(request.index, request.name);
  return value === null ? NO_CONTENT : json(paxosValue(value));
};

/** The learned value of one round; the simulation keeps only the newest. */
export const learnedValue: LocalHandler = (request, model) => {
  const [name = "", round = ""] = request.name.split("\n");
  const value = model.learned(request.index, name);
  return value === null || `${value.round}` !== round ? NO_CONTENT : json(paxosValue(value));
};

/** Which of the given namespaces this node leads. */
export const batchLeaderPing: LocalHandler = (request, model) => {
  const names = parsed(nameList, request.body);
  if (names === null) return failure(request.body === "" ? "internal" : "badRequest");
  return json(JSON.stringify(names.filter((name) => model.leadership.leader(name) === request.index)));
};

/** Answers for a single-leader cluster; the paths do not exist where each namespace has its own leader. */
export function aboutLeadership(answer: (leads: boolean, leaderId: string) => Answer): LocalHandler {
  return (request, model) => {
    if (model.options.leaderMode === "per-namespace") return failure("notFound");
    return answer(model.leadership.leader("") === request.index, model.states.at(request.index).leaderId);
  };
}

function issue(namespace: string, count: bigint, write: (issued: TimestampRange) => string): LeaderWork {
  return {
    namespace,
    work: (counter) => {
      const issued = counter.fresh(count);
      return typeof issued === "string" ? refusal(issued) : json(write(issued));
    },
  };
}

function raise(namespace: string, to: bigint): LeaderWork {
  return {
    namespace,
    work: (counter) => {
      const refused = counter.fastForward(to);
      return refused === null ? NO_CONTENT : refusal(refused);
    },
  };
}

function refusal(reason: CounterRefusal): Answer | "not-leader" {
  switch (reason) {
    case "illegal-argument":
      return failure("badRequest");
    case "overflow":
      return failure("internal");
    case "bound-not-stored":
      return "not-leader";
  }
}

function withBody<T>(
  request: NodeRequest,
  schema: z.ZodType<T>,
  use: (value: T) => LeaderWork,
): LeaderWork | Answer {
  const value = parsed(schema, request.body);
  if (value !== null) return use(value);
  return failure(request.body === "" ? "internal" : "badRequest");
}

function parsed<T>(schema: z.ZodType<T>, body: string): T | null {
  try {
    const result = schema.safeParse(parseJson(body));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}

/** A `long` as Java reads it, with a plus sign if one likes; null when it is none. */
function longParameter(value: string | null, whenMissing: bigint): bigint | null {
  if (value === null) return whenMissing;
  if (!INTEGER.test(value)) return null;
  const number = BigInt(value.replace("+", ""));
  return number < LONG_MIN || number > LONG_MAX ? null : number;
}

function paxosValue(value: LearnedValue): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value.bound);
  return `{"leaderUUID":"${value.proposer}","round":${value.round},"data":"${bytes.toString("base64")}"}`;
}
