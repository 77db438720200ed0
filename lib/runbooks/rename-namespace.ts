import type { Finding } from "#lib/engine/finding.ts";
import type { ReadingRequest, Role, SequenceReading, StoreReading } from "#lib/engine/reading.ts";
import {
  act,
  gate,
  operator,
  sequenceAt,
  type Declaration,
  type Runbook,
  type Targets,
  type World,
} from "#lib/engine/step.ts";
import { readTwice } from "#lib/runbooks/findings/bound.ts";
import {
  boundInvalid,
  clientsStopped,
  freshAbove,
  noIncident,
  punchedAbove,
  sequenceGrows,
  watchedLongEnough,
  writtenElsewhere,
} from "#lib/runbooks/findings/clients.ts";
import { participantsListed, raiseNamespace, timelockSource } from "#lib/runbooks/findings/entry.ts";
import { aboveKept, issuedNow, leftNamespace, oldStill } from "#lib/runbooks/findings/left-timelock.ts";
import {
  abandonRename,
  cleanUpPlaces,
  dataStays,
  nobodyReturns,
  notTheBackup,
  renameAdvice,
  renamePlaces,
  renameTaken,
  takeRename,
} from "#lib/runbooks/findings/renaming.ts";
import {
  clusterHealth,
  learnedBound,
  namespaceName,
  namespacePresence,
  namespaceUsers,
} from "#lib/runbooks/findings/sequence.ts";
import { stillDeclarations } from "#lib/runbooks/findings/stop-proof.ts";
import { stillOnTimelock } from "#lib/runbooks/findings/stop-proof-sequence.ts";
import { claimed, forwardedAbove } from "#lib/runbooks/findings/verdicts.ts";
import { renameProof } from "#lib/runbooks/proofs/rename-proof.ts";

/*
 * rename-namespace: a service leaves one namespace of TimeLock for another on the same cluster; its data stays where it is.
 * The chain to prove: fresh(old) ≤ TS ≤ fast-forward < fresh(new). Source: runbooks section 4, seeds 003
 */

const STORE = "source";
const OLD = "source";
const NEW = "destination";

const store = (kind: StoreReading): ReadingRequest => ({ kind, store: STORE });
const at = (role: Role, kind: SequenceReading): ReadingRequest => ({ kind, sequence: role });
const OLD_FRESH: ReadingRequest = { kind: "timelock.fresh", sequence: OLD, above: null };
const NEW_FRESH: ReadingRequest = { kind: "timelock.fresh", sequence: NEW, above: "TS" };

/** What is looked at again and again while clients are meant to be stopped. */
const STILL = [
  ...(["bound", "punch", "transactions", "sessions"] as const).map((kind) => store(`store.${kind}`)),
  at(OLD, "timelock.learned"),
];

const oldName = (targets: Targets): string => sequenceAt(targets, OLD).namespace;
const newName = (targets: Targets): string => sequenceAt(targets, NEW).namespace;
const stillness = (world: World): readonly Declaration[] => [
  ...stillDeclarations(world.readings, STORE),
  ...stillOnTimelock(world.readings, OLD),
];

/** The new name is valid, unused by others, and stands nowhere that it could not be used. */
export function newNamespace(world: World): readonly Finding[] {
  const { readings, targets, values, facts } = world;
  return [
    namespaceName(newName(targets)),
    ...namespacePresence(readings, NEW, newName(targets)),
    ...learnedBound(readings, NEW, values.TS ?? null, facts.highestLearned[NEW] ?? null),
    namespaceUsers(readings, NEW, newName(targets)),
    notTheBackup(world, STORE, NEW),
  ];
}

/* 1 */
const assess = gate("assess", {
  title: "Assess",
  purpose:
    "Both names, the cluster, and whether the data can stay where it is: everything that can fail is tried now, while the service still runs. Nothing is changed.",
  button: () => "Assess the service",
  clients: "up",
  reads: [
    ...STILL,
    at(OLD, "timelock.health"),
    at(OLD, "inventory.namespace-users"),
    at(NEW, "timelock.namespaces"),
    at(NEW, "timelock.learned"),
    at(NEW, "inventory.namespace-users"),
  ],
  holds: (world) => [
    dataStays(world, STORE, NEW),
    ...clusterHealth(world.readings, OLD, world.facts.now),
    leftNamespace(world.readings, NEW, oldName(world.targets)),
    { ...namespaceUsers(world.readings, OLD, oldName(world.targets)), id: "old-namespace-users" },
    ...newNamespace(world),
    boundInvalid(world.readings, STORE),
    participantsListed(world),
  ],
});

/* 2 */
const stop = operator("stop", {
  title: "Stop all clients",
  purpose:
    "TimeLock stays up. Every node, command line and dependent is declared stopped, with automatic restart off, and the old namespace is asked for two timestamps, a quiet window apart: they may differ by Lockstep's own alone.",
  button: () => "Confirm that all clients are stopped",
  clients: "stopping",
  inputs: ["attestations"],
  reads: [...STILL, at(OLD, "timelock.health"), OLD_FRESH],
  declarations: (world) => [...world.facts.participants, ...stillness(world)],
  holds: (world) => [clientsStopped(world), issuedNow(world, OLD)],
  undo: {
    kind: "reopen",
    text: "Clients may be started again on the old namespace with their old files.",
    leaves: [],
    button: "Stop all clients again",
  },
});

/* 3 */
/** Takes TS from the old namespace, with clients stopped. */
export const take = gate("take-ts", {
  title: "Take TS",
  purpose:
    "TS lies at or above everything that the old namespace has issued or has stored, and everything that the store shows. It is read, and never typed.",
  button: () => "Take TS",
  clients: "stopped",
  reads: [...STILL, store("store.read-back"), at(OLD, "timelock.health"), OLD_FRESH],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    boundInvalid(world.readings, STORE),
    readTwice(world.readings, STORE),
    ...clusterHealth(world.readings, OLD, world.facts.now),
    issuedNow(world, OLD),
    aboveKept(world, STORE, OLD),
    ...writtenElsewhere(world, OLD, STORE),
    renameTaken(world, STORE, OLD),
  ],
  fixes: (world) => takeRename(world.readings, STORE, OLD),
  undo: {
    kind: "reopen",
    text: "TS can be taken again at any time before clients start. A later fast-forward only ever raises.",
    leaves: [],
    button: "Take TS again",
  },
});

const UNIT = "claim-and-forward";

/* 5 */
/** Makes the new name, typed once more. */
export const claim = act("claim", {
  title: "Claim the new namespace",
  purpose:
    "A ping makes TimeLock create the namespace and elect its leader. It uses up no timestamp. A mistyped name would silently make another sequence, so it is typed once more.",
  button: (targets) => `Claim ${newName(targets)} and fast-forward it`,
  unit: UNIT,
  clients: "stopped",
  inputs: ["typed-phrase"],
  phrase: newName,
  reads: [
    ...STILL,
    at(OLD, "timelock.health"),
    at(NEW, "timelock.namespaces"),
    at(NEW, "timelock.learned"),
    at(NEW, "inventory.namespace-users"),
  ],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    ...clusterHealth(world.readings, OLD, world.facts.now),
    ...newNamespace(world),
  ],
  templates: [{ kind: "timelock.claim", sequence: NEW }],
  choose: () => ({ kind: "timelock.claim", sequence: NEW }),
  readBack: [at(NEW, "timelock.health"), at(NEW, "timelock.learned")],
  settled: (world) => claimed(world, NEW),
  undo: {
    kind: "none",
    text: "A claimed name cannot be removed, and what was forwarded never goes back. Both are harmless.",
    leaves: ["the new name on TimeLock, and its bound"],
  },
});

/* 5 */
/** Lifts the new namespace to TS. */
export const forward = act("fast-forward", {
  title: "Fast-forward the new namespace to TS",
  purpose:
    "Every timestamp that the new namespace will issue becomes larger than TS. What it issues then is compared with TS, and not with the backup in the store, to which every start of a client would forward it too.",
  button: (targets) => `Fast-forward ${newName(targets)}`,
  unit: UNIT,
  clients: "stopped",
  irreversible: true,
  reads: [
    ...STILL,
    at(NEW, "timelock.health"),
    at(NEW, "timelock.learned"),
    at(NEW, "inventory.namespace-users"),
  ],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    ...clusterHealth(world.readings, NEW, world.facts.now),
    ...learnedBound(world.readings, NEW, world.values.TS ?? null, world.facts.highestLearned[NEW] ?? null),
    namespaceUsers(world.readings, NEW, newName(world.targets)),
  ],
  templates: [{ kind: "timelock.fast-forward", sequence: NEW, to: "TS" }],
  choose: () => ({ kind: "timelock.fast-forward", sequence: NEW, to: "TS" }),
  readBack: [store("store.bound"), at(NEW, "timelock.learned"), NEW_FRESH],
  settled: (world) => {
    const verdict = forwardedAbove(world, world.values.TS, NEW, STORE);
    return { ...verdict, findings: [...verdict.findings, notTheBackup(world, STORE, NEW)] };
  },
  undo: {
    kind: "none",
    text: "TimeLock never goes back. Fast-forwarding further is always possible and safe.",
    leaves: ["a higher bound of the new namespace on TimeLock"],
  },
});

/* 6 */
const readOld = gate("read-old", {
  title: "Read the old namespace again",
  purpose:
    "If anybody took timestamps from the old namespace while the new one was forwarded, TS is too low. Then it is taken again, and the new namespace is forwarded again: that only ever raises.",
  button: () => "Read the old namespace again",
  clients: "stopped",
  reads: [...STILL, OLD_FRESH],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    oldStill(world, OLD),
    ...writtenElsewhere(world, OLD, STORE),
    boundInvalid(world.readings, STORE),
  ],
});

/* 7 */
const configure = operator("configure", {
  title: "Configure every node",
  purpose:
    "All nodes change together: namespace, timelock.client and the store's own namespace say the new name. A node with the old files would take timestamps from the old sequence. Each node's files are pasted back and checked.",
  button: () => "Confirm the configuration of every node",
  clients: "stopped",
  inputs: ["configuration"],
  guide: "rename-namespace",
  reads: STILL,
  declarations: stillness,
  holds: (world) => [clientsStopped(world), boundInvalid(world.readings, STORE)],
  undo: {
    kind: "none",
    text: "Put the old files back, as long as no client has started on the new namespace.",
    leaves: [],
  },
});

/* 8 */
const start = operator("start", {
  title: "Start the clients and try them",
  purpose:
    "From here back leads another rename only, never the old files. Start all clients with the new configuration and try what the service is for. The new namespace must issue to them, what they commit must lie above TS, and the old namespace must stand still.",
  button: () => "Confirm that clients run on the new namespace",
  clients: "starting",
  irreversible: true,
  inputs: ["smoke-test"],
  reads: [
    store("store.bound"),
    store("store.punch"),
    store("store.transactions"),
    at(NEW, "timelock.health"),
    at(NEW, "timelock.learned"),
    at(OLD, "timelock.learned"),
    OLD_FRESH,
    NEW_FRESH,
  ],
  holds: (world) => [
    boundInvalid(world.readings, STORE),
    freshAbove(world, NEW, STORE),
    ...writtenElsewhere(world, NEW, STORE),
    sequenceGrows(world, NEW),
    punchedAbove(world, STORE),
    oldStill(world, OLD),
  ],
  undo: {
    kind: "none",
    text: "Once clients have written with timestamps of the new namespace, back leads another rename only.",
    leaves: [],
  },
});

const WATCHED = [
  store("store.bound"),
  store("store.punch"),
  at(OLD, "timelock.learned"),
  at(NEW, "timelock.learned"),
  OLD_FRESH,
  NEW_FRESH,
];

/* 9 */
const watch = gate("watch", {
  title: "Watch the old namespace",
  purpose:
    "For a day the worker looks whether anybody uses the old namespace, by its stored bound and by counted timestamps, and then daily for a week. Use of it is a forgotten node, and opens an incident.",
  button: () => "Finish the watch",
  clients: "running",
  automatic: true,
  reads: WATCHED,
  holds: (world) => [watchedLongEnough(world), noIncident(world), ...watchFindings(world)],
});

/* 10 */
/** What may be done about the old name's traces, long after. */
export const cleanUp = operator("clean-up", {
  title: "Clean up the old namespace",
  purpose:
    "Leave the old name where it is: it is tiny. Its traces are rows of paxosLog in var/data/sqlitePaxos/sqliteData.db on every node, or one row of pt_timelock_db_ts where TimeLock keeps its bounds in a database; the folders under var/data/paxos are not the state. Lockstep deletes none of it.",
  button: () => "Record what was done",
  clients: "running",
  optional: true,
  inputs: ["attestations"],
  reads: [at(OLD, "timelock.learned"), at(OLD, "timelock.namespaces")],
  declarations: (world) => [nobodyReturns(oldName(world.targets))],
  holds: (world) => cleanUpPlaces(world, OLD),
});

/** The migration of one service from one namespace of TimeLock to another on the same cluster. */
export const renameNamespace: Runbook = {
  id: "rename-namespace",
  title: "Rename the namespace",
  summary:
    "The service leaves its namespace of TimeLock for another on the same cluster. Its data stays where it is.",
  version: 1,
  asks: "new-namespace",
  offeredTo: ["timelock"],
  places: (asked) => renamePlaces(asked, STORE, OLD, NEW),
  predicates: {
    TS: "TS is the maximum of what the old namespace issues and has stored when clients are stopped, of the kept value and of the newest punch; 0 < TS ≤ Long.MAX - 2,000,001",
  },
  steps: [assess, stop, take, claim, forward, readOld, configure, start, watch, cleanUp],
  advice: (world) => renameAdvice(world, STORE),
  proof: renameProof,
  leadsTo: (targets) => timelockSource(targets, NEW),
  raise: (targets) => raiseNamespace(targets, NEW),
  abandon: (world) => abandonRename(world, OLD, NEW),
  watch: { reads: WATCHED, judge: watchFindings },
};

function watchFindings(world: World): readonly Finding[] {
  return [
    boundInvalid(world.readings, STORE),
    freshAbove(world, NEW, STORE),
    ...writtenElsewhere(world, NEW, STORE),
    oldStill(world, OLD),
    ...learnedBound(world.readings, NEW, null, world.facts.highestLearned[NEW] ?? null).filter(
      (one) => one.level === "blocking",
    ),
  ];
}
