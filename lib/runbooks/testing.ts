import {
  readingKey,
  collect,
  type Reading,
  type ReadingRequest,
  type ReadingValue,
  type Role,
} from "#lib/engine/reading.ts";
import type { Facts, Targets, World } from "#lib/engine/step.ts";
import { judgeStopProof } from "#lib/runbooks/findings/stop-proof.ts";
import { heldValues } from "#lib/stores/bound-state.ts";
import type { BoundReading, BoundState, PunchReading } from "#lib/stores/schema.ts";

export const NOW = "2026-11-21T12:00:00.000Z";

export const TARGETS: Targets = {
  environmentId: "00000000-0000-4000-8000-000000000001",
  serviceId: "00000000-0000-4000-8000-000000000002",
  serviceLabel: "orders",
  stores: [
    {
      role: "source",
      storeId: "00000000-0000-4000-8000-000000000003",
      label: "orders-db",
      storeKind: "postgres",
      identity: {
        kind: "postgres",
        system: "1",
        database: "orders",
        schema: "public",
        table: "_timestamp",
        tableId: "1",
      },
    },
  ],
  sequences: [
    {
      role: "destination",
      clusterId: "00000000-0000-4000-8000-000000000004",
      label: "timelock",
      namespace: "orders",
      servers: [],
    },
  ],
};

/** Where the one store and the sequence that readings are made of stand in a migration. */
export type Layout = { readonly store: Role; readonly sequence: Role };
export const TO_TIMELOCK: Layout = { store: "source", sequence: "destination" };
export const FROM_TIMELOCK: Layout = { store: "destination", sequence: "source" };

/** The targets of a runbook that takes the store and the sequence in these places. */
export function targetsAt({ store, sequence }: Layout): Targets {
  return {
    ...TARGETS,
    stores: TARGETS.stores.map((one) => ({ ...one, role: store })),
    sequences: TARGETS.sequences.map((one) => ({ ...one, role: sequence })),
  };
}

/** A reading of a value; the request follows from its kind. */
export function known(value: ReadingValue, at = NOW, layout: Layout = TO_TIMELOCK): Reading {
  const request = requestOf(value.kind, layout);
  return {
    key: readingKey(request),
    request,
    value,
    because: null,
    deferred: false,
    source: "test",
    node: null,
    raw: null,
    readAt: at,
    provenance: "observed",
  };
}

/** A reading that failed, or was left out. */
export function missing(
  kind: ReadingValue["kind"],
  because = "It did not answer.",
  deferred = false,
  layout: Layout = TO_TIMELOCK,
): Reading {
  const request = requestOf(kind, layout);
  return {
    ...known({ kind: "inventory.namespace-users", services: [] }),
    key: readingKey(request),
    request,
    value: null,
    because,
    deferred,
  };
}

function requestOf(kind: ReadingValue["kind"], { store, sequence }: Layout): ReadingRequest {
  if (kind === "timelock.fresh") return { kind, sequence, above: sequence === "source" ? null : "TS" };
  switch (kind) {
    case "store.bound":
    case "store.read-back":
    case "store.fetched":
    case "store.punch":
    case "store.transactions":
    case "store.sessions":
    case "store.rights":
      return { kind, store };
    case "move.assessment":
    case "move.tables":
    case "move.start":
    case "move.by-hand":
    case "move.commit":
    case "move.copy":
    case "move.comparison":
      return { kind, into: "destination" };
    case "timelock.health":
    case "timelock.namespaces":
    case "timelock.active":
    case "timelock.learned":
    case "timelock.servers":
    case "timelock.neighbours":
    case "inventory.namespace-users":
      return { kind, sequence };
  }
}

export function bound(state: BoundState, tr: bigint | null = null): BoundReading {
  const { identity } = TARGETS.stores[0] ?? {};
  if (!identity) throw new Error("no store");
  return {
    state,
    tr,
    identity,
    server: { address: null, port: null, version: "15", inRecovery: false },
    view: "primary",
    raw: heldValues(state).map((value, row) => ({
      row,
      name: "last_allocated",
      text: String(value),
      hex: null,
    })),
    source: "test",
    provenance: "observed",
    readAt: NOW,
  };
}

export function punch(timestamp: bigint | null): PunchReading {
  return {
    newest:
      timestamp === null
        ? { found: "absent", why: "no-rows" }
        : { found: "punch", timestamp, wallMillis: 1n, rawRow: "0x", rawValue: "0x" },
    source: "test",
    provenance: "observed",
    readAt: NOW,
  };
}

/** Everything that a stopped, healthy service on a healthy cluster shows; `change` replaces single readings. */
export function healthy(
  state: BoundState,
  change: readonly Reading[] = [],
  punched: bigint | null = null,
): Reading[] {
  const all: Reading[] = [
    known({ kind: "store.bound", bound: bound(state) }),
    known({ kind: "store.read-back", views: [bound(state)] }),
    known({ kind: "store.punch", punch: punch(punched) }),
    known({
      kind: "store.transactions",
      mark: {
        table: "present",
        newestStart: null,
        newestCommit: null,
        rowsWritten: null,
        countedSince: null,
        source: "test",
        readAt: NOW,
      },
    }),
    known({
      kind: "store.sessions",
      sessions: {
        knowledge: "seen",
        sessions: [],
        ownSessions: 1,
        reason: null,
        source: "test",
        readAt: NOW,
      },
    }),
    known({ kind: "store.rights", rights: { findings: [], facts: [], source: "test", readAt: NOW } }),
    known({
      kind: "timelock.health",
      quorum: "proven",
      quorumReason: "pinged",
      leader: "known",
      leaderNode: "tl-1",
      leaderReason: null,
      namespace: "exists",
      nodes: [{ node: "tl-1", failure: null, leads: true, version: null, certificateValidTo: null }],
      clientCertificateValidTo: null,
    }),
    known({ kind: "timelock.namespaces", names: [], majority: true, silent: [] }),
    known({ kind: "timelock.learned", state: "absent", bound: null, reason: null, nodes: [] }),
    known({ kind: "timelock.servers", ids: [] }),
    known({ kind: "inventory.namespace-users", services: [] }),
  ];
  return [...collect(all, change).values()];
}

/** Two probes of one leader, three minutes apart, between which nobody took a timestamp. */
const QUIET_PROBES = [
  { value: 4_999_999n, ownProbes: 4n, leader: "a", at: NOW },
  { value: 4_999_998n, ownProbes: 2n, leader: "a", at: "2026-11-21T11:57:00.000Z" },
];

/** A world over readings, with clients declared stopped and quiet unless `facts` says otherwise. */
export function world(
  readings: readonly Reading[],
  values: World["values"] = {},
  facts: Partial<Facts> = {},
  layout: Layout = TO_TIMELOCK,
): World {
  const participants = [{ subject: "node:1", label: "orders-1 is stopped.", hint: null }];
  const attested = new Map([["node:1", { by: "Olga", at: NOW, note: "" }]]);
  const sample = { at: NOW, readings: collect(readings) };
  const before = { ...sample, at: "2026-11-21T11:57:00.000Z" };
  const left = layout.sequence === "source" ? layout.sequence : null;
  return {
    targets: targetsAt(layout),
    values,
    readings: collect(readings),
    facts: {
      now: NOW,
      recordedSource: "embedded",
      atlasdbVersion: null,
      nodes: [{ name: "orders-1", kind: "node" }],
      quietWindowSeconds: 120,
      participants,
      attested,
      configurations: [],
      smokeTest: null,
      stopProof: judgeStopProof({
        samples: [before, sample],
        windowSeconds: 120,
        now: NOW,
        participants,
        attested: new Set(attested.keys()),
        store: layout.store,
        sequence: left,
        probes: left === null ? [] : QUIET_PROBES,
        ownBound: null,
        watching: true,
      }),
      finished: new Map(),
      lastFresh: {},
      highestLearned: {},
      openIncidents: [],
      copiesThere: [],
      watch: { since: null, until: null, lastCheckedAt: null },
      ...facts,
    },
  };
}
