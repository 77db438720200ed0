import type { Effect } from "#lib/errors.ts";

/** Every way a TimeLock call can fail; the code of the `AdapterError` that is thrown, or of a node's failure in a survey. */
export type TimelockErrorCode =
  | "invalid-namespace"
  | "value-out-of-range"
  | "closed"
  | "name-lookup"
  | "address-denied"
  | "refused"
  | "unreachable"
  | "connect-timeout"
  | "tls-trust"
  | "tls-expired"
  | "tls-not-yet-valid"
  | "tls-name"
  | "tls-client-certificate"
  | "tls-failed"
  | "time-out"
  | "reset"
  | "bad-request"
  | "unauthorized"
  | "not-found"
  | "wrong-base-path"
  | "not-timelock"
  | "not-supported"
  | "too-many-requests"
  | "server-error"
  | "unexpected-answer"
  | "not-leader"
  | "no-leader"
  | "namespace-poisoned";

/** Why one node did not give what was asked, in words for a person. */
export type TimelockFailure = {
  readonly code: TimelockErrorCode;
  readonly effect: Effect;
  readonly message: string;
};

/**
 * Where an answer came from. `node` is the configured address of the node that answered, null behind a balancer; `via` is the address
 * that was spoken to; `raw` is the body exactly as received.
 */
export type Answered = {
  readonly node: string | null;
  readonly via: string;
  readonly takenAt: Date;
  readonly raw: string;
};

/**
 * Newly issued timestamps `first..last`, both inclusive. `consumedMax` is how many timestamps this call may have used up altogether,
 * which exceeds `last - first + 1` when an answer was lost on the way: the number to count as the console's own probes. A leader that
 * lost its place while it answered may have used up more without a trace, so compare counts within one leader only.
 */
export type FreshTimestamps = Answered & {
  readonly first: bigint;
  readonly last: bigint;
  readonly consumedMax: bigint;
};

/** The leader confirmed with exactly 204 that no later timestamp of the namespace will be `to` or less. */
export type FastForwarded = Answered & { readonly to: bigint };

/** `node` leads the namespace and has quorum. */
export type Pinged = Answered;

/** The leader's identity (a UUID that changes with the leader's process) and its monotonic clock in nanoseconds. */
export type LeaderTime = Answered & { readonly leaderId: string; readonly time: bigint };

/** What one node said in a survey of all nodes; `node` is the configured address. */
export type NodeAnswer<T> = {
  readonly node: string;
  readonly takenAt: Date;
  readonly outcome:
    | { readonly ok: true; readonly value: T; readonly raw: string }
    | { readonly ok: false; readonly failure: TimelockFailure };
};

/**
 * The union of what the nodes list. Only with `majority` is a namespace that is missing here known to be missing: otherwise its absence
 * is unknown. `majority` is false behind a balancer, and on servers too old to list (`not-supported` in `perNode`).
 */
export type NamespaceUnion = {
  readonly namespaces: readonly string[];
  readonly majority: boolean;
  readonly perNode: readonly NodeAnswer<readonly string[]>[];
  readonly takenAt: Date;
};

/**
 * What one node has learned of a namespace's bound: a value with its Paxos round, nothing yet, or not even the namespace; `not-kept`
 * when the node has no learned values at all, as where bounds are kept in a database.
 */
export type NodeLearned =
  | { readonly state: "value"; readonly bound: bigint; readonly round: bigint }
  | { readonly state: "nothing" | "namespace-unknown" | "not-kept" };

/**
 * The persisted bound of a namespace, inclusive: the greatest learned value over a majority of nodes (one node may lag).
 * `none`: a majority knows the namespace and has learned nothing; it is new, or the cluster keeps its bounds in a database.
 * `absent`: no node of a majority knows the namespace. `unknown`: too few nodes answered, or they cannot say.
 */
export type LearnedBound = {
  readonly perNode: readonly NodeAnswer<NodeLearned>[];
  readonly takenAt: Date;
} & (
  | { readonly state: "known"; readonly bound: bigint; readonly node: string; readonly raw: string }
  | { readonly state: "none" }
  | { readonly state: "absent" }
  | { readonly state: "unknown"; readonly reason: string }
);

/** A certificate's names and validity. */
export type CertificateSeen = {
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly fingerprint256: string;
};

/** One node as seen from here. `leads` is null where the server does not say (one leader a namespace, or an older server). */
export type NodeHealth = {
  readonly node: string;
  readonly takenAt: Date;
  readonly elapsedMs: number;
  readonly failure: TimelockFailure | null;
  readonly leads: boolean | null;
  readonly version: string | null;
  readonly serverId: string | null;
  readonly certificate: CertificateSeen | null;
};

/**
 * The health of a cluster, which is its quorum. `proven`: the leader of the namespace answered a ping, which needs quorum.
 * `likely`: a majority of nodes is up. `lost`: no leader has quorum, or fewer nodes than a majority answer here.
 */
export type ClusterHealth = {
  readonly takenAt: Date;
  readonly nodes: readonly NodeHealth[];
  readonly quorum: { readonly state: "proven" | "likely" | "lost" | "unknown"; readonly reason: string };
  readonly leader:
    | { readonly state: "known"; readonly node: string | null }
    | { readonly state: "several"; readonly nodes: readonly string[] }
    | { readonly state: "none"; readonly reason: string }
    | { readonly state: "unknown"; readonly reason: string };
  readonly namespace: "not-asked" | "exists" | "absent" | "unknown";
  readonly clientCertificate: CertificateSeen | null;
};

/**
 * One TimeLock cluster. Every call that takes a namespace checks its name before anything is sent (`invalid-namespace`, effect none).
 *
 * `freshTimestamps`, `fastForward`, `ping` and `leaderTime` go to the leader of the namespace, which they look for; TimeLock creates a
 * namespace it does not know on the first of these, and an idle cluster elects its leader then. The other calls create nothing.
 * @throws AdapterError with a `TimelockErrorCode`; `effect: "none"` only when no node can have acted
 */
export interface Timelock {
  /** The configured addresses, in order. */
  readonly nodes: readonly string[];

  /**
   * Issues `count` timestamps (1 to 10,000). Uses them up: never call it where another sequence may issue the same values.
   * @throws AdapterError `namespace-poisoned` when the leader answers pings but cannot issue, as after a fast-forward near Long.MAX;
   * a call that throws may have used up to `2 * count` timestamps
   */
  freshTimestamps(namespace: string, count: number): Promise<FreshTimestamps>;

  /**
   * Raises the sequence to at least `to`; idempotent, a smaller value changes nothing. Success is exactly 204.
   * `to` must lie in 1..`FAST_FORWARD_MAX`, else `value-out-of-range` and nothing is sent. A request that may have been carried out is
   * not sent again: it throws with `effect: "unknown"`.
   */
  fastForward(namespace: string, to: bigint): Promise<FastForwarded>;

  /** Finds the node that leads the namespace with quorum. Creates an unknown namespace, uses up no timestamp. */
  ping(namespace: string): Promise<Pinged>;

  /** Identity and clock of the leader of the namespace. Creates an unknown namespace, uses up no timestamp. */
  leaderTime(namespace: string): Promise<LeaderTime>;

  /** The namespaces that the nodes have stored. Creates nothing, needs no leader. */
  namespaces(): Promise<NamespaceUnion>;

  /** The namespaces used in the last six hours, our own calls included; each node knows only its own. Creates nothing. */
  activeNamespaces(): Promise<NamespaceUnion>;

  /** The persisted bound of a namespace. Creates nothing: a node that does not list the namespace is not asked for its value. */
  learnedBound(namespace: string): Promise<LearnedBound>;

  /** Reachability, leadership, certificates and quorum; pings `namespace` only if a node has it stored. Creates nothing. */
  health(namespace: string | null): Promise<ClusterHealth>;

  /** The identity of each node's running process; it changes when the node restarts. */
  serverIds(): Promise<readonly NodeAnswer<string>[]>;

  /** Ends all connections; calls under way fail, later ones are refused. */
  close(): Promise<void>;
}
