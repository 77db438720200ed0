import { assertNever } from "#lib/errors.ts";
import type { ServiceState, TimestampSource } from "#lib/inventory/schema.ts";
import { damageWords, type DamagedState } from "#lib/inventory/damaged-state.ts";
import type { BoundState, StoreKind } from "#lib/stores/schema.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";

/** What TimeLock says of a service's namespace; `not-configured` where the service names no cluster and namespace. */
export type NamespaceFacts =
  | { readonly state: "not-configured" }
  | { readonly state: "unknown"; readonly reason: string }
  | { readonly state: "absent" }
  /** The namespace exists, but its bound cannot be read without allocating (new, or kept in a database). */
  | { readonly state: "exists"; readonly quorumLost: string | null }
  | { readonly state: "bound"; readonly bound: bigint; readonly quorumLost: string | null };

/** Everything that a verdict on a service rests on; `store` null with a reason where the store could not be read. */
export type ServiceFacts = {
  readonly kind: StoreKind;
  readonly recorded: TimestampSource;
  readonly namespace: string | null;
  readonly store: BoundState | null;
  readonly storeUnknownBecause: string | null;
  readonly punch: bigint | null;
  readonly timelock: NamespaceFacts;
};

/** Where a service's timestamps come from and whether that is healthy, in words for the person. */
export type ServiceVerdict = {
  readonly state: ServiceState;
  readonly level: "pass" | "warning" | "blocking" | "unknown";
  readonly title: string;
  readonly detail: string;
  readonly remedy: string | null;
};

/**
 * Judges a service by its live readings. Total: every state of a store has a verdict, and what is not known is `unknown`, never fine.
 * Red (`blocking`) is whatever lets two sequences issue the same values, or leaves the service without any. Source: runbooks section 1
 */
export function judgeService(facts: ServiceFacts): ServiceVerdict {
  const { store } = facts;
  if (store === null) {
    const reason = facts.storeUnknownBecause ?? "The store was not read.";
    return verdict(
      "unknown",
      "unknown",
      "The store cannot be read, so nothing is known about its bound",
      reason,
      facts.kind === "oracle"
        ? "Run the command of the store's page by hand; a migration judges what it prints."
        : "Test the connection of the store.",
    );
  }
  switch (store.state) {
    case "readable":
      return judgeReadable(facts, store.bound);
    case "invalidated":
      return judgeInvalidated(facts, store.kept);
    case "no-row-invalidated":
      return judgeInvalidated(facts, null);
    case "no-row":
    case "no-table":
      return judgeAbsent(facts);
    case "several-rows":
    case "both":
    case "neither":
    case "unrecognised":
      return damaged(facts.kind, store);
    default:
      return assertNever(store);
  }
}

const REPAIRABLE = "Stop all clients. “Move to TimeLock” names the repair for exactly this shape.";
const PLACES = {
  postgres: "database, schema and table prefix",
  cassandra: "contact points and keyspace",
  oracle: "database, schema and table prefix",
} as const;

function damaged(kind: StoreKind, store: DamagedState): ServiceVerdict {
  const { title, detail, repairable } = damageWords(kind, store);
  const beyond = `Stop all clients. Check ${PLACES[kind]} of the store: this may be another table. No rule repairs this shape; look for the last bound in a backup.`;
  return verdict("damaged", "blocking", title, detail, repairable ? REPAIRABLE : beyond);
}

function judgeReadable(facts: ServiceFacts, bound: bigint): ServiceVerdict {
  const { punch, timelock } = facts;
  if (bound <= 0n || bound > FAST_FORWARD_MAX) {
    return verdict(
      "damaged",
      "blocking",
      "The bound in the store is not a value that AtlasDB works up to",
      bound <= 0n
        ? `It is ${bound}, and no timestamp is below 1. A client that starts would issue timestamps for the second time, or fail.`
        : `It is ${bound}, at the end of all timestamps: a client that starts has none left to issue.`,
      "Do not start any client. Somebody wrote it by hand, perhaps to invalidate the store: find the true bound in a backup.",
    );
  }
  if (facts.recorded === "timelock") {
    return verdict(
      "both",
      "blocking",
      "The store's bound is readable although the service is on TimeLock",
      "A client with the old configuration would start, and issue timestamps that TimeLock issues too.",
      "Make sure that no client runs embedded, then run “Move to TimeLock”: it carries the bound over and invalidates it.",
    );
  }
  if (punch !== null && punch > bound)
    return belowPunch(`The bound ${bound} in the store lies below the newest punched timestamp ${punch}.`);
  if (timelock.state === "bound") {
    return verdict(
      "both",
      timelock.bound > bound ? "blocking" : "warning",
      `The store's bound is readable, and the namespace ${facts.namespace ?? ""} already stands on TimeLock`,
      "Either a migration was begun and not finished, or clients of this service use TimeLock already. Until that is settled two sequences can issue the same timestamps.",
      "Find out which configuration the clients run with. “Move to TimeLock” continues a half-done migration.",
    );
  }
  if (timelock.state === "exists") {
    return verdict(
      "embedded",
      "warning",
      "Timestamps come from the service's own store",
      `The namespace ${facts.namespace ?? ""} exists on TimeLock, but its bound cannot be read without allocating.`,
      null,
    );
  }
  return verdict(
    "embedded",
    "pass",
    "Timestamps come from the service's own store",
    "The bound is readable and at or above everything that is known to be issued.",
    null,
  );
}

function belowPunch(detail: string): ServiceVerdict {
  return verdict(
    "behind",
    "blocking",
    "The bound lies below timestamps that were already issued",
    `${detail} A start would issue timestamps for the second time.`,
    "Do not start any client. Find out who set the bound back, and whether this is the service's own table; “Move to TimeLock” says what is missing before it can go on.",
  );
}

function judgeInvalidated(facts: ServiceFacts, kept: bigint | null): ServiceVerdict {
  const { timelock, punch } = facts;
  const floor = larger(kept, punch);
  const onTimelock = facts.recorded === "timelock";
  switch (timelock.state) {
    case "not-configured":
    case "absent":
      return verdict(
        "neither",
        "blocking",
        "Neither the store nor TimeLock can issue timestamps for this service",
        timelock.state === "absent"
          ? `The store's bound is invalidated, and TimeLock does not know the namespace ${facts.namespace ?? ""}. A client that starts would create it, beginning at 1.`
          : "The store's bound is invalidated, and no TimeLock namespace is recorded for the service.",
        onTimelock || timelock.state === "absent"
          ? "Do not start any client. Check cluster and namespace, then run “Move to TimeLock”: it carries the kept bound over."
          : "Record the cluster and the namespace that the service uses, or run “Move to TimeLock”.",
      );
    case "unknown":
      return verdict(
        "unknown",
        "unknown",
        "TimeLock cannot be read, so nothing is known about its bound",
        timelock.reason,
        "Test the connection of the TimeLock cluster.",
      );
    case "exists":
      return withQuorum(
        timelock.quorumLost,
        verdict(
          "unknown",
          "unknown",
          "The store's bound is invalidated; TimeLock's bound cannot be compared with it",
          "TimeLock tells no bound for the namespace: it is new, or the cluster keeps its bounds in a database.",
          "A migration page can compare with a fresh timestamp.",
        ),
      );
    case "bound":
      if (floor !== null && timelock.bound < floor) return timelockBehind(timelock.bound, floor);
      if (!onTimelock) return alreadyMoved(facts.namespace);
      return withQuorum(
        timelock.quorumLost,
        verdict(
          "timelock",
          "pass",
          "Timestamps come from TimeLock, and the store's bound is invalidated",
          "TimeLock stands at or above everything that is known to be issued.",
          null,
        ),
      );
    default:
      return assertNever(timelock);
  }
}

function timelockBehind(bound: bigint, floor: bigint): ServiceVerdict {
  return verdict(
    "behind",
    "blocking",
    "TimeLock stands below timestamps that were already issued",
    `TimeLock's bound is ${bound}, and ${floor} is known to the store. TimeLock can issue timestamps for the second time.`,
    "Stop all clients, then run “Move to TimeLock”: it fast-forwards the namespace. Raising is always safe.",
  );
}

function alreadyMoved(namespace: string | null): ServiceVerdict {
  return verdict(
    "disagrees",
    "warning",
    "The service is on TimeLock, but recorded here as embedded",
    `The store's bound is invalidated, and the namespace ${namespace ?? ""} stands above it: somebody, or the client itself, has migrated.`,
    "“Move to TimeLock” checks that migration and adopts it.",
  );
}

function judgeAbsent(facts: ServiceFacts): ServiceVerdict {
  if (facts.recorded === "timelock") {
    const below = judgeInvalidated(facts, null);
    if (below.level === "blocking" || below.level === "unknown") return below;
    return verdict(
      "timelock",
      "warning",
      "Timestamps come from TimeLock, but nothing keeps the store from beginning a new bound",
      "The store has no bound. A client with an embedded configuration would create one at 10000 and issue timestamps that TimeLock issues too.",
      "“Move to TimeLock” invalidates the store without carrying anything over.",
    );
  }
  if (facts.punch !== null) {
    return belowPunch(
      `The store has no bound, so an embedded start begins at 10000, and the newest punched timestamp is ${facts.punch}.`,
    );
  }
  return verdict(
    "embedded",
    "warning",
    "The service has not issued a timestamp yet",
    "The store has no bound. The first embedded start creates it at 10000.",
    null,
  );
}

function withQuorum(quorumLost: string | null, otherwise: ServiceVerdict): ServiceVerdict {
  if (quorumLost === null) return otherwise;
  return verdict(
    otherwise.state,
    "blocking",
    "TimeLock has no leader with a majority, so it issues no timestamps",
    `Nothing is lost: the bound is kept by the nodes. ${quorumLost}`,
    "Bring a majority of the TimeLock nodes back.",
  );
}

function larger(left: bigint | null, right: bigint | null): bigint | null {
  if (left === null || right === null) return left ?? right;
  return left > right ? left : right;
}

function verdict(
  state: ServiceState,
  level: ServiceVerdict["level"],
  title: string,
  detail: string,
  remedy: string | null,
): ServiceVerdict {
  return { state, level, title, detail, remedy };
}
