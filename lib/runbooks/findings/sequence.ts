import { attestable, blocking, pass, unknown, warning, type Finding } from "#lib/engine/finding.ts";
import { find, type Readings, type Role } from "#lib/engine/reading.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";
import { namespaceNameProblem } from "#lib/timelock/namespace-name.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

/** TimeLock takes at most this many clients a node unless its operators raised it. Source: atlasdb-facts A.3 */
const CLIENT_LIMIT = 500;
const CERTIFICATE_WARNING_MS = 30 * 24 * 3_600_000;

/** The name can be sent to TimeLock at all. */
export function namespaceName(namespace: string): Finding {
  const problem = namespaceNameProblem(namespace);
  return problem === null
    ? pass("namespace-name", `“${namespace}” is a valid namespace.`)
    : blocking("namespace-name", `“${namespace}” cannot be a namespace: ${problem}.`, {
        remedy: "Choose another name.",
      });
}

/** Quorum, leader, dead nodes and certificates of the cluster. */
export function clusterHealth(readings: Readings, at: Role, now: string): readonly Finding[] {
  const found = find(readings, "timelock.health", at);
  if (!found.known) {
    return [
      unknown("quorum", "TimeLock could not be reached.", {
        detail: found.because,
        remedy: "Check addresses, base path, certificates and token of the cluster in the inventory.",
        readings: [found.key],
      }),
    ];
  }
  const health = found.value;
  const rests = { readings: [found.reading.key] };
  const dead = health.nodes.filter((one) => one.failure !== null);
  const findings: Finding[] = [];
  if (health.quorum === "lost" || health.quorum === "unknown") {
    const build = health.quorum === "lost" ? blocking : unknown;
    findings.push(
      build(
        "quorum",
        health.quorum === "lost"
          ? "TimeLock has lost its quorum."
          : "Whether TimeLock has a quorum is not known.",
        {
          ...rests,
          detail: health.quorumReason,
          remedy: "Restore a majority of its nodes first. Nothing can be promised without it.",
        },
      ),
    );
  } else {
    findings.push(pass("quorum", `TimeLock has a quorum: ${health.quorumReason}`, rests));
  }
  if (dead.length > 0) {
    findings.push(
      warning("dead-nodes", `${dead.length} of ${health.nodes.length} TimeLock nodes do not answer.`, {
        ...rests,
        detail: dead.map((one) => `${one.node}: ${one.failure ?? ""}`).join("; "),
      }),
    );
  }
  findings.push(...leaderFindings(health.leader, health.leaderNode, health.leaderReason, rests));
  return [...findings, ...certificateFindings(health, now, rests)];
}

function leaderFindings(
  leader: "known" | "several" | "none" | "unknown",
  node: string | null,
  reason: string | null,
  rests: { readonly readings: readonly string[] },
): readonly Finding[] {
  switch (leader) {
    case "known":
      return [pass("leader", node === null ? "TimeLock has a leader." : `The leader is ${node}.`, rests)];
    case "several":
      return [
        blocking("leader", "More than one TimeLock node says that it leads.", {
          ...rests,
          detail: reason,
          remedy:
            "Wait for the election to settle and read again. If it lasts, the nodes do not belong to one cluster.",
        }),
      ];
    case "none":
    case "unknown":
      return [
        pass("leader", reason === null ? "No leader is known yet." : `No leader is known: ${reason}.`, {
          ...rests,
          detail:
            "A cluster elects its leader when it is first used; the claim of the namespace triggers that. One that was used before has lost its quorum, or is electing.",
        }),
      ];
  }
}

function certificateFindings(
  health: {
    readonly nodes: readonly { readonly node: string; readonly certificateValidTo: string | null }[];
    readonly clientCertificateValidTo: string | null;
  },
  now: string,
  rests: { readonly readings: readonly string[] },
): readonly Finding[] {
  const all = [
    ...health.nodes.map((one) => ({ who: one.node, until: one.certificateValidTo })),
    { who: "Lockstep's own client certificate", until: health.clientCertificateValidTo },
  ];
  return all.flatMap(({ who, until }) => {
    if (until === null) return [];
    const left = Date.parse(until) - Date.parse(now);
    const id = `certificate-${who}`;
    if (left <= 0) {
      return [
        blocking(id, `The certificate of ${who} expired at ${until}.`, {
          ...rests,
          remedy: "Renew it before clients are stopped.",
        }),
      ];
    }
    return left < CERTIFICATE_WARNING_MS
      ? [warning(id, `The certificate of ${who} expires at ${until}.`, rests)]
      : [];
  });
}

/** Whether the namespace exists on the cluster; absent is normal before a first migration. */
export function namespacePresence(readings: Readings, at: Role, namespace: string): readonly Finding[] {
  const found = find(readings, "timelock.namespaces", at);
  const rests = { readings: [`timelock.namespaces@${at}`] };
  if (!found.known || (!found.value.majority && !found.value.names.includes(namespace))) {
    return [
      attestable(
        unknown("namespace-presence", `Whether “${namespace}” exists on TimeLock is not known.`, {
          ...rests,
          detail: found.known
            ? "Too few nodes listed their namespaces. Older servers cannot."
            : found.because,
          remedy: "Bring the silent nodes back, or declare that you know it from elsewhere.",
        }),
        `I know from elsewhere whether “${namespace}” exists on this cluster, and that no other service uses it.`,
        "An unknown name is never an error on TimeLock: a typing mistake silently makes a new sequence.",
      ),
    ];
  }
  const { names } = found.value;
  const exists = names.includes(namespace);
  const presence = exists
    ? pass("namespace-presence", `“${namespace}” exists on TimeLock already.`, {
        ...rests,
        detail:
          "It was claimed before, or somebody uses it. Being ahead is safe; being used by another service is not.",
      })
    : pass(
        "namespace-presence",
        `“${namespace}” does not exist on TimeLock yet, which is normal before a first migration.`,
        rests,
      );
  return exists ? [presence] : [presence, ...clientLimit(names.length, rests)];
}

function clientLimit(count: number, rests: { readonly readings: readonly string[] }): readonly Finding[] {
  if (count < CLIENT_LIMIT - 50) return [];
  if (count < CLIENT_LIMIT) {
    return [
      warning(
        "client-limit",
        `TimeLock has ${count} namespaces; by default it takes ${CLIENT_LIMIT}.`,
        rests,
      ),
    ];
  }
  return [
    attestable(
      blocking(
        "client-limit",
        `TimeLock has ${count} namespaces; by default it takes ${CLIENT_LIMIT} and refuses more.`,
        {
          ...rests,
          remedy: "Have max-number-of-clients raised on every TimeLock node, then declare it.",
        },
      ),
      "max-number-of-clients is raised on every TimeLock node.",
    ),
  ];
}

/** Other services of the inventory that use this very namespace: two services on one sequence. */
export function namespaceUsers(readings: Readings, at: Role, namespace: string): Finding {
  const found = find(readings, "inventory.namespace-users", at);
  if (!found.known) {
    return unknown("namespace-users", "Who else uses the namespace is not known.", {
      detail: found.because,
      remedy: "Read again.",
    });
  }
  const others = found.value.services;
  return others.length === 0
    ? pass("namespace-users", `No other service in the inventory uses “${namespace}”.`, {
        readings: [found.reading.key],
      })
    : blocking(
        "namespace-users",
        `“${namespace}” is the namespace of ${others.map((one) => one.name).join(", ")}.`,
        {
          readings: [found.reading.key],
          detail:
            "Two services on one namespace share one sequence, and a fast-forward for one moves the other for ever.",
          remedy: "Choose the service's own namespace.",
        },
      );
}

/** Where the sequence stands, from what its nodes have stored; nothing is taken from it. `floor`: the largest value it must not have lost. */
export function learnedBound(
  readings: Readings,
  at: Role,
  held: bigint | null,
  floor: bigint | null,
): readonly Finding[] {
  const found = find(readings, "timelock.learned", at);
  const rests = { readings: [`timelock.learned@${at}`] };
  if (!found.known || found.value.state === "unknown") {
    return [
      attestable(
        unknown("learned", "Where TimeLock stands for this namespace is not known.", {
          ...rests,
          detail: found.known ? found.value.reason : found.because,
          remedy: "Bring the silent nodes back, or declare that no other service uses the namespace.",
        }),
        "No other service uses this namespace on this cluster.",
        "Older servers and load balancers cannot tell. The step after the fast-forward proves the value in any case.",
      ),
    ];
  }
  const { state, bound } = found.value;
  if (state !== "known" || bound === null) {
    return [
      pass(
        "learned",
        state === "absent"
          ? "TimeLock has issued nothing for this namespace."
          : "TimeLock has stored no bound for this namespace.",
        {
          ...rests,
          detail:
            state === "none"
              ? "It is new, or this cluster keeps its bounds in a database, where only a fresh timestamp tells."
              : null,
        },
      ),
    ];
  }
  if (bound > FAST_FORWARD_MAX + ALLOCATION_BUFFER) return [poisoned(bound, rests)];
  if (floor !== null && bound < floor) {
    return [
      blocking("learned", `TimeLock stands at ${bound}, below ${floor} which it has shown before.`, {
        ...rests,
        detail: "This is another cluster, or one that has lost data.",
        remedy:
          "Start no client. Check the addresses of the cluster, and ask its operators what was restored or reset.",
      }),
    ];
  }
  if (held !== null && bound > held) {
    return [
      warning("learned", `TimeLock already stands above the store, at ${bound}.`, {
        ...rests,
        detail:
          "A migration was begun before, or the namespace was used. Being ahead is safe, as long as no other service uses it.",
      }),
    ];
  }
  return [pass("learned", `TimeLock's stored bound for this namespace is ${bound}.`, rests)];
}

/** A namespace that was forwarded to the end of all timestamps. Source: atlasdb-facts A.6, A.7, 0.4 */
function poisoned(bound: bigint, rests: { readonly readings: readonly string[] }): Finding {
  return blocking(
    "learned",
    `The namespace stands at ${bound}: it was forwarded to the end of all timestamps.`,
    {
      ...rests,
      detail:
        "If every request for it fails, a change of the leader or a restart of TimeLock may cure it while nothing was stored. What was stored can only be reset on disk: stop all nodes, delete the rows of this namespace from paxosLog in sqliteData.db on every node, start them, fast-forward again before any client starts. Lockstep never does this.",
      remedy: "Use another namespace, or let the operators of TimeLock reset this one.",
    },
  );
}
