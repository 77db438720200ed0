import { setTimeout } from "node:timers/promises";

import { type Answer, failure, redirect, text, unavailable } from "#lib/sandbox/timelock/answers.ts";
import type { ClusterModel } from "#lib/sandbox/timelock/cluster-model.ts";
import type { LeaderWork, NodeRequest } from "#lib/sandbox/timelock/handlers.ts";
import { type Route, ROUTES } from "#lib/sandbox/timelock/routes.ts";

/** A request as it came over the wire; header names in lower case, `target` with the query. */
export type RawRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What shall go wrong with the next fast-forward that reaches its leader. */
export type FastForwardFault =
  | "request-lost"
  | "answer-lost"
  | "answer-late"
  | "leader-lost-after"
  | "leader-lost-before";

/** What a node does with a request: an answer, or nothing but a broken connection. */
export type Reply = Answer | "break-connection";

/** What the HTTP layer adds to the model: the nodes' configured addresses, and the fault that waits. */
export type NodeSurroundings = {
  readonly model: ClusterModel;
  readonly location: (index: number) => string;
  readonly takeFault: () => FastForwardFault | null;
};

const LATE_ANSWER_MS = 8_000;
const VALID_NAME = /^[a-zA-Z0-9_-]+$/;
const REFUSED_NAMES = new Set(["tl", "lw", "leader"]);
const TOKEN = /^Bearer( [A-Za-z0-9\-._~+/]*=*)?$/;
const NEWER_PROTOCOL = /(^|\s)atlasdb-http-client\/2\.0(\s|$)/;

/**
 * Answers one request as the node would, in the order of the real server: path, method, media types, credentials, arguments, leadership.
 * Source: golden transcripts-main
 */
export async function nodeAnswer(around: NodeSurroundings, index: number, raw: RawRequest): Promise<Reply> {
  const [path = "", query = ""] = raw.target.split(/\?(.*)/s);
  const here = ROUTES.flatMap((route) => {
    const match = route.path.exec(path);
    return match === null ? [] : [{ route, names: match.slice(1) }];
  });
  if (here.length === 0) return failure("notFound");
  if (raw.method === "OPTIONS") return options(here.map(({ route }) => route.method));
  const found = here.find(({ route }) => route.method === raw.method);
  if (found === undefined) return failure("methodNotAllowed");
  const refused = mediaTypes(found.route, raw) ?? credentials(found.route, raw);
  if (refused !== null) return refused;
  const name = decoded(found.names.join("\n"));
  if (name === null) return failure("badRequest");
  const request: NodeRequest = { index, name, query: new URLSearchParams(query), body: raw.body };
  const { handler } = found.route;
  if (handler.kind === "local") return handler.handle(request, around.model);
  const work = handler.handle(request, around.model);
  return "status" in work ? work : lead(around, found.route, request, work, { path, headers: raw.headers });
}

async function lead(
  around: NodeSurroundings,
  route: Route,
  { index }: NodeRequest,
  { namespace, work }: LeaderWork,
  raw: { readonly path: string; readonly headers: RawRequest["headers"] },
): Promise<Reply> {
  const { model } = around;
  if (!VALID_NAME.test(namespace) || REFUSED_NAMES.has(namespace)) return failure("badRequest");
  if (!model.admit(index, namespace)) return failure("internal");
  const standing = await model.standing(index, namespace);
  const elsewhere = (hint: number | null): Answer => notLeader(around, route, index, hint, raw);
  if (!standing.leads) return elsewhere(standing.hint);
  const fault = route.fastForward ? around.takeFault() : null;
  if (fault === "leader-lost-before") {
    model.leadership.stepDown(namespace);
    return elsewhere(null);
  }
  if (fault === "request-lost") return "break-connection";
  const answer = work(standing.counter);
  if (fault === "answer-lost") return "break-connection";
  if (fault === "answer-late") await setTimeout(LATE_ANSWER_MS);
  if (fault === "leader-lost-after" || answer === "not-leader") {
    model.leadership.stepDown(namespace);
    return elsewhere(null);
  }
  return answer;
}

function notLeader(
  around: NodeSurroundings,
  route: Route,
  index: number,
  hint: number | null,
  raw: { readonly path: string; readonly headers: RawRequest["headers"] },
): Answer {
  const redirects = route.flavour === "conjure" || NEWER_PROTOCOL.test(raw.headers["user-agent"] ?? "");
  const others = Array.from({ length: around.model.options.size }, (_, other) => other).filter(
    (other) => other !== index,
  );
  const target = hint ?? (others.length === 0 ? index : around.model.options.pickOther(others));
  return !redirects || target === index ? unavailable(raw.path) : redirect(around.location(target));
}

function options(methods: readonly string[]): Answer {
  const all = [...methods, "OPTIONS"];
  const answer = text(all.join(", "));
  return { ...answer, headers: { ...answer.headers, Allow: all.join(",") } };
}

function mediaTypes(route: Route, raw: RawRequest): Answer | null {
  const type = raw.headers["content-type"];
  if (route.flavour === "conjure" && type !== undefined && !/^application\/json\b/i.test(type))
    return failure("unsupportedMediaType");
  const accepted = (raw.headers["accept"] ?? "*/*")
    .split(",")
    .map((part) => part.split(";", 1).join("").trim());
  const [group = ""] = route.produces.split("/");
  return accepted.some((part) => [route.produces, `${group}/*`, "*/*"].includes(part))
    ? null
    : failure("notAcceptable");
}

function credentials(route: Route, raw: RawRequest): Answer | null {
  if (route.flavour !== "conjure") return null;
  const header = raw.headers["authorization"];
  if (header === undefined) return failure("missingCredentials");
  return TOKEN.test(header) ? null : failure("malformedCredentials");
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
