import { assertNever } from "#lib/errors.ts";
import { requireFastForwardValue, requireFreshCount, requireNamespace } from "#lib/timelock/limits.ts";

/** A call that a person can make by hand. Those about a namespace have to reach its leader; the others are asked of every node. */
export type ManualCall =
  | { readonly kind: "fresh-timestamps"; readonly namespace: string; readonly count: number }
  | { readonly kind: "fast-forward"; readonly namespace: string; readonly to: bigint }
  | { readonly kind: "ping"; readonly namespace: string }
  | { readonly kind: "leader-time"; readonly namespace: string }
  | { readonly kind: "learned-bound"; readonly namespace: string }
  | { readonly kind: "namespaces" }
  | { readonly kind: "active-namespaces" }
  | { readonly kind: "leader-ping" };

/** What the commands need to know of a cluster; never a secret. `nodes` are normal addresses as in `TimelockConfig`. */
export type ManualCluster = {
  readonly nodes: readonly string[];
  readonly basePath: string;
  readonly hasToken: boolean;
  readonly hasAuthority: boolean;
  readonly hasClientCertificate: boolean;
  readonly serverName: string | null;
};

/** One command line for one node. */
export type ManualLine = { readonly node: string; readonly command: string };

/** A shell variable that must be set before, and what belongs into it. */
export type ManualVariable = { readonly name: string; readonly meaning: string };

/**
 * The commands of one call: `first` goes to the leader found now (or the first node), `others` is the same line for every other node, to
 * be run only until one succeeds, unless `everyNode` asks for all. `success` says what the last line of a success looks like.
 */
export type ManualCommands = {
  readonly first: ManualLine;
  readonly others: readonly ManualLine[];
  readonly everyNode: boolean;
  readonly success: string;
  readonly variables: readonly ManualVariable[];
};

type Request = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body: string | null;
  readonly everyNode: boolean;
  readonly status: 200 | 204;
};

const TIMEOUT_SECONDS = 20;

/** Makes followers name the leader in a 308 also on legacy paths. Source: atlasdb-facts A.4 */
const AGENT = "lockstep-manual/1.0.0 atlasdb-http-client/2.0";

/** The word that opens the line which every rendered command prints after the body. */
export const STATUS_MARK = "lockstep";

/**
 * Renders a call as curl commands that do the same as the console: no redirect is followed, no settings file is read, the status and what
 * was asked are printed after the body, and secrets stay in shell variables. A fast-forward always carries its value. `learned-bound`
 * is only for a namespace that `namespaces` lists on that node, because the question alone would create state for another.
 * @throws AdapterError `invalid-namespace` or `value-out-of-range`, as the call itself would
 */
export function renderManual(
  call: ManualCall,
  cluster: ManualCluster,
  leader: string | null,
): ManualCommands {
  requireSendable(call);
  const request = requestOf(call);
  const nodes = cluster.nodes.toSorted((a, b) => sortKey(a, leader) - sortKey(b, leader));
  const [first = "", ...others] = nodes;
  const line = (node: string): ManualLine => ({ node, command: curl(call, request, cluster, node) });
  return {
    first: line(first),
    others: others.map(line),
    everyNode: request.everyNode,
    success: `${STATUS_MARK} status=${request.status} ${describeCall(call)}`,
    variables: variables(cluster),
  };
}

function requireSendable(call: ManualCall): void {
  if ("namespace" in call) requireNamespace(call.namespace);
  if (call.kind === "fast-forward") requireFastForwardValue(call.to);
  if (call.kind === "fresh-timestamps") requireFreshCount(call.count);
}

function sortKey(node: string, leader: string | null): number {
  return node === leader ? 0 : 1;
}

/** What a command asked for, as it prints it and as the decoder expects it back. */
export function describeCall(call: ManualCall): string {
  switch (call.kind) {
    case "fresh-timestamps":
      return `call=${call.kind} namespace=${call.namespace} count=${call.count}`;
    case "fast-forward":
      return `call=${call.kind} namespace=${call.namespace} to=${call.to}`;
    case "ping":
    case "leader-time":
    case "learned-bound":
      return `call=${call.kind} namespace=${call.namespace}`;
    case "namespaces":
    case "active-namespaces":
    case "leader-ping":
      return `call=${call.kind}`;
    default:
      return assertNever(call);
  }
}

function requestOf(call: ManualCall): Request {
  const post = { method: "POST", body: null, everyNode: false, status: 200 } as const;
  const get = { method: "GET", body: null, everyNode: false, status: 200 } as const;
  switch (call.kind) {
    case "fresh-timestamps":
      return { ...post, path: `/tl/ts/${call.namespace}`, body: `{"numTimestamps":${call.count}}` };
    case "fast-forward": {
      const path = `/${call.namespace}/timestamp-management/fast-forward?currentTimestamp=${call.to}`;
      return { ...post, path, status: 204 };
    }
    case "ping":
      return { ...get, path: `/${call.namespace}/timestamp-management/ping` };
    case "leader-time":
      return { ...post, path: `/tl/lt/${call.namespace}` };
    case "learned-bound": {
      const path = `/.internal/clientPaxos/${call.namespace}/learner/greatest-learned-value`;
      return { ...get, path, everyNode: true };
    }
    case "namespaces":
      return { ...post, path: "/tl/management/getNamespaces", everyNode: true };
    case "active-namespaces":
      return { ...post, path: "/tl/management/getActiveNamespaces", everyNode: true };
    case "leader-ping":
      return { ...get, path: "/leader/pingV2", everyNode: true };
    default:
      return assertNever(call);
  }
}

function curl(call: ManualCall, request: Request, cluster: ManualCluster, node: string): string {
  const status = `${STATUS_MARK} status=%{http_code} ${describeCall(call)} node=${percent(node)} location=%{redirect_url}`;
  const { url, connectTo } = withServerName(node, cluster.serverName);
  const words = [
    `curl -q -sS --max-time ${TIMEOUT_SECONDS} -X ${request.method}`,
    `-A ${shellWord(AGENT)}`,
    `-H "Authorization: Bearer ${cluster.hasToken ? "$TIMELOCK_TOKEN" : STATUS_MARK}"`,
    ...(request.body === null
      ? []
      : ["-H 'Content-Type: application/json'", `--data ${shellWord(request.body)}`]),
    ...(cluster.hasAuthority ? ['--cacert "$TIMELOCK_CA"'] : []),
    ...(cluster.hasClientCertificate ? ['--cert "$TIMELOCK_CERT"', '--key "$TIMELOCK_KEY"'] : []),
    ...(connectTo === null ? [] : [`--connect-to ${shellWord(connectTo)}`]),
    `-w ${shellWord(`\\n${status}\\n`)}`,
    shellWord(`${url}${cluster.basePath}${request.path}`),
  ];
  return words.join(" ");
}

/** curl checks the certificate against the name in the URL: a name of our own goes there, and the connection to the real host. */
function withServerName(node: string, serverName: string | null): { url: string; connectTo: string | null } {
  const url = URL.parse(node);
  if (serverName === null || url?.protocol !== "https:") return { url: node, connectTo: null };
  const port = url.port === "" ? "443" : url.port;
  return { url: `https://${serverName}:${port}`, connectTo: `${serverName}:${port}:${url.hostname}:${port}` };
}

function variables(cluster: ManualCluster): ManualVariable[] {
  return [
    ...(cluster.hasToken ? [{ name: "TIMELOCK_TOKEN", meaning: "the cluster's authorization token" }] : []),
    ...(cluster.hasAuthority
      ? [{ name: "TIMELOCK_CA", meaning: "path of a PEM file with the authorities of the cluster" }]
      : []),
    ...(cluster.hasClientCertificate
      ? [
          { name: "TIMELOCK_CERT", meaning: "path of the client certificate, PEM" },
          { name: "TIMELOCK_KEY", meaning: "path of its private key, PEM" },
        ]
      : []),
  ];
}

/** Quotes a word for a POSIX shell, unless it needs none. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9_@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** A text that curl's -w prints as it stands. */
function percent(text: string): string {
  return text.replaceAll("%", "%%").replaceAll("\\", "\\\\");
}
