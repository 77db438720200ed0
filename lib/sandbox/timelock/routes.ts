import { json, text } from "#lib/sandbox/timelock/answers.ts";
import {
  aboutLeadership,
  batchLeaderPing,
  conjureFresh,
  conjureFreshV2,
  freshOne,
  getActiveNamespaces,
  getNamespaces,
  getServerLifecycleId,
  greatestLearnedValue,
  invalidateResources,
  learnedValue,
  leaderTime,
  legacyFastForward,
  legacyFreshBatch,
  type LeaderHandler,
  type LocalHandler,
  managementFastForward,
  says,
} from "#lib/sandbox/timelock/handlers.ts";

/**
 * One path of a node. `conjure` paths want a bearer token and always redirect; `legacy` paths want none, and redirect only clients
 * that name the newer protocol; `local` paths need no leader.
 */
export type Route = {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
  readonly flavour: "conjure" | "legacy" | "internal";
  readonly produces: "application/json" | "text/plain";
  readonly fastForward: boolean;
  readonly handler:
    | { readonly kind: "leader"; readonly handle: LeaderHandler }
    | { readonly kind: "local"; readonly handle: LocalHandler };
};

type Extra = Partial<Pick<Route, "method" | "produces" | "fastForward">>;

const LEGACY_NAME = "((?!(?:tl|lw)/)[a-zA-Z0-9_-]+)";
const ANY_NAME = "([^/]+)";

function leads(
  flavour: "conjure" | "legacy",
  pattern: string,
  handle: LeaderHandler,
  extra: Extra = {},
): Route {
  const usual = { method: "POST", produces: "application/json", fastForward: false } as const;
  return {
    ...usual,
    path: new RegExp(`^${pattern}$`),
    flavour,
    handler: { kind: "leader", handle },
    ...extra,
  };
}

function local(
  flavour: "conjure" | "internal",
  pattern: string,
  handle: LocalHandler,
  extra: Extra = {},
): Route {
  const method = flavour === "conjure" ? "POST" : "GET";
  const usual = { method, produces: "application/json", fastForward: false } as const;
  return {
    ...usual,
    path: new RegExp(`^${pattern}$`),
    flavour,
    handler: { kind: "local", handle },
    ...extra,
  };
}

const plain = { produces: "text/plain" } as const;
const uuid = aboutLeadership((_, leaderId) => text(leaderId));
const learner = `/\\.internal/clientPaxos/${LEGACY_NAME}/learner`;
const batch = "/\\.internal/multiLeaderPaxos/\\.batch/leader";

/** Every path that a simulated node serves; the others are 404. Source: atlasdb-facts A.2, golden transcripts */
export const ROUTES: readonly Route[] = [
  leads("conjure", `/tl/ts/${ANY_NAME}`, conjureFresh),
  leads("conjure", `/tl/t2/${ANY_NAME}`, conjureFreshV2),
  leads("conjure", `/tl/ts1/${ANY_NAME}`, freshOne),
  leads("conjure", `/tl/lt/${ANY_NAME}`, leaderTime),
  leads("conjure", "/tl/management/fastForward", managementFastForward, { fastForward: true }),
  local("conjure", "/tl/management/getNamespaces", getNamespaces),
  local("conjure", "/tl/management/getActiveNamespaces", getActiveNamespaces),
  local("conjure", "/tl/management/getServerLifecycleId", getServerLifecycleId),
  local("conjure", "/tl/management/invalidateResources", invalidateResources),
  leads("legacy", `/${LEGACY_NAME}/time(?:stamp|lock)/fresh-timestamp`, freshOne),
  leads("legacy", `/${LEGACY_NAME}/time(?:stamp|lock)/fresh-timestamps`, legacyFreshBatch),
  leads("legacy", `/${LEGACY_NAME}/timelock/immutable-timestamp`, freshOne),
  leads(
    "legacy",
    `/${LEGACY_NAME}/timelock/current-time-millis`,
    says(() => json(`${Date.now()}`)),
  ),
  leads("legacy", `/${LEGACY_NAME}/timestamp-management/fast-forward`, legacyFastForward, {
    fastForward: true,
  }),
  leads(
    "legacy",
    `/${LEGACY_NAME}/timestamp-management/ping`,
    says(() => text("pong")),
    { method: "GET", ...plain },
  ),
  local(
    "internal",
    "/leader/ping",
    aboutLeadership((isLeader) => json(`${isLeader}`)),
  ),
  local(
    "internal",
    "/leader/pingV2",
    aboutLeadership((isLeader) => json(JSON.stringify({ timeLockVersion: "0.0.0", isLeader }))),
  ),
  local("internal", "/leader/uuid", uuid, plain),
  local(
    "internal",
    `${batch}/uuid`,
    (request, model) => text(model.states.at(request.index).leaderId),
    plain,
  ),
  local("internal", `${batch}/ping`, batchLeaderPing, { method: "POST" }),
  local("internal", `${learner}/greatest-learned-value`, greatestLearnedValue),
  local("internal", `${learner}/learned-value/([0-9]+)`, learnedValue),
];
