import type { Finding } from "#lib/engine/finding.ts";
import type { Values } from "#lib/engine/reading.ts";
import { act, gate, operator, type Runbook, type World } from "#lib/engine/step.ts";
import { backedUp, commit, copy, raise, setUp, validate } from "#lib/runbooks/move-data.ts";
import {
  clientsStopped,
  noIncident,
  sequenceGrows,
  watchedLongEnough,
} from "#lib/runbooks/findings/clients.ts";
import { participantsListed, timelockSource } from "#lib/runbooks/findings/entry.ts";
import { issuedNow, leftAlone } from "#lib/runbooks/findings/left-timelock.ts";
import {
  at,
  dateNamed,
  FROM,
  FROM_FRESH,
  fromName,
  keptUntil,
  LATER,
  marksOf,
  move,
  MOVE_PREDICATES,
  proven,
  raiseThere,
  STILL,
  stillness,
  store,
  THERE,
  timelockThere,
  TO,
  toName,
  WATCHED,
  watchFindings,
} from "#lib/runbooks/findings/move-steps.ts";
import {
  abandonMove,
  commitsThere,
  commitStands,
  issuesAboveC,
  mayStartOver,
  notStartedThere,
  sourceStill,
  wasEmbedded,
} from "#lib/runbooks/findings/moved.ts";
import {
  assessed,
  dropList,
  fixX,
  isOnTimelock,
  isSameNamespace,
  movableKinds,
  movePlaces,
  quietThere,
  xTaken,
} from "#lib/runbooks/findings/moving.ts";
import { sequenceStill } from "#lib/runbooks/findings/source-sequence.ts";
import { chooseInvalidation, invalidated, keptValue, restored } from "#lib/runbooks/findings/verdicts.ts";
import { moveProof } from "#lib/runbooks/proofs/move-proof.ts";

/*
 * move-store: a service's data is copied from one store into another, cell by cell. Readings of sequences are those of the layouts that have
 * them: a service on TimeLock, an embedded one, or one that is embedded in the source and on TimeLock in the destination.
 * The chain to prove: X < S < C < every later start. Source: runbooks section 5, seeds 004
 */

/* 1 */
const assess = gate("assess", {
  title: "Assess both stores",
  purpose:
    "Which two stores these are and whether they overlap, names, sizes, rights and open transactions, and what becomes of each table: everything that can fail is tried now, while the service still runs. Nothing is changed.",
  button: () => "Assess both stores",
  clients: "up",
  reads: [
    ...STILL,
    store(FROM, "store.rights"),
    ...THERE,
    store(TO, "store.rights"),
    at(TO, "timelock.health"),
    at(TO, "inventory.namespace-users"),
    move("move.assessment"),
  ],
  holds: (world) => [
    movableKinds(world),
    ...assessed(world),
    ...dropList(world, "move.assessment"),
    ...timelockThere(world),
    participantsListed(world),
  ],
});

/* 3 */
const stop = operator("stop", {
  title: "Stop all clients",
  purpose:
    "Every node, sweep, command line and dependent is declared stopped, with automatic restart off, and both stores must be quiet. What the source's sequence can have issued by then is kept as X.",
  button: () => "Confirm that all clients are stopped",
  clients: "stopping",
  inputs: ["attestations"],
  reads: [...STILL, ...THERE, at(FROM, "timelock.health"), FROM_FRESH],
  declarations: (world) => [...world.facts.participants, ...stillness(world)],
  holds: (world) => [
    clientsStopped(world),
    quietThere(world),
    ...(isOnTimelock(world.targets, FROM) ? [issuedNow(world, FROM)] : []),
    xTaken(world),
  ],
  fixes: fixX,
  undo: {
    kind: "reopen",
    text: "Clients may be started again on the source with their old files. What was copied until then is void.",
    leaves: [],
    button: "Stop all clients again",
  },
});

/* 8 */
const handOver = gate("hand-over", {
  title: "Hand over",
  purpose:
    "The destination is handed to the clients only on the copy and the comparison of this very plan, while the source has stood still all the time and nobody has started on the destination.",
  button: (targets) => `Hand ${toName(targets)} over`,
  clients: "stopped",
  reads: [
    ...STILL,
    ...THERE,
    at(FROM, "timelock.health"),
    FROM_FRESH,
    ...(["move.copy", "move.comparison", "move.commit", "move.tables"] as const).map(move),
  ],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    sourceStill(world),
    ...sequenceStill(world),
    ...proven(world),
    commitStands(world),
    notStartedThere(world),
  ],
});

/* 9 */
const configure = operator("configure", {
  title: "Configure every node",
  purpose:
    "All nodes change together: the key value service, its namespace, which on Cassandra is the keyspace, and the runtime file. A node with the old files would write into the source. Each node's files are pasted back and checked.",
  button: () => "Confirm the configuration of every node",
  clients: "stopped",
  inputs: ["configuration"],
  guide: "move-store",
  reads: STILL,
  declarations: stillness,
  holds: (world) => [clientsStopped(world), sourceStill(world), ...sequenceStill(world)],
  undo: {
    kind: "none",
    text: "Put the old files back, as long as no client has started on the destination.",
    leaves: [],
  },
});

/* 10 */
const invalidateSource = act("invalidate-source", {
  title: "Invalidate the source's bound",
  purpose:
    "Only for a service that keeps its bound in the source, and offered, not required: no client can start there by mistake any more. The value is kept beside.",
  button: (targets) => `Invalidate the bound in ${fromName(targets)}`,
  clients: "stopped",
  optional: true,
  inputs: ["typed-phrase"],
  phrase: fromName,
  reads: STILL,
  declarations: stillness,
  holds: (world) => [clientsStopped(world), sourceStill(world), ...sequenceStill(world)],
  templates: [
    { kind: "store.invalidate", store: FROM },
    { kind: "store.repair", store: FROM, leave: "invalidated" },
  ],
  choose: (world) => chooseInvalidation(world, FROM),
  readBack: [store(FROM, "store.read-back"), store(FROM, "store.bound")],
  settled: (world) => invalidated(world, FROM),
  fixes: (world): Values => {
    const kept = keptValue(world, FROM);
    return kept === null ? {} : { K: kept };
  },
  undo: {
    kind: "operation",
    text: "The source's bound is made readable again with the kept value, as long as no client has started on the destination.",
    leaves: [],
    button: "Make the source's bound readable again",
    operation: { kind: "store.restore", store: FROM, to: "K" },
    reads: [...STILL, ...marksOf(TO)],
    holds: (world) => [clientsStopped(world), notStartedThere(world), wasEmbedded(world)],
    readBack: [store(FROM, "store.read-back"), store(FROM, "store.bound")],
    settled: (world) => restored(world, FROM),
  },
});

/* 11 */
const start = operator("start", {
  title: "Start the clients and try them",
  purpose:
    "From here nothing leads back without losing new writes. Start all clients with the new configuration and try what the service is for. What they take must lie above C, and what they commit must be seen in the destination.",
  button: (targets) => `Confirm that clients run on ${toName(targets)}`,
  clients: "starting",
  irreversible: true,
  inputs: ["smoke-test"],
  reads: [
    ...marksOf(FROM),
    at(FROM, "timelock.learned"),
    ...marksOf(TO),
    at(TO, "timelock.health"),
    at(TO, "timelock.learned"),
    LATER,
  ],
  holds: (world) => [
    sourceStill(world),
    issuesAboveC(world),
    ...(isOnTimelock(world.targets, TO) ? [sequenceGrows(world, TO)] : []),
    commitsThere(world),
  ],
  undo: {
    kind: "none",
    text: "Nothing leads back without losing what clients have written since.",
    leaves: [],
  },
});

/* 12 */
const watch = gate("watch", {
  title: "Watch the source",
  purpose:
    "For a day the worker looks whether anybody uses the source, by its sessions, its bound, its punched timestamps and its transactions, and then daily for a week. The source is kept, with its backup, until the date that you name here.",
  button: () => "Finish the watch",
  clients: "running",
  automatic: true,
  inputs: ["attestations"],
  reads: WATCHED,
  declarations: keptUntil,
  holds: (world) => [watchedLongEnough(world), noIncident(world), ...watched(world), ...dateNamed(world)],
});

function watched(world: World): readonly Finding[] {
  const { targets } = world;
  const isLeft = isOnTimelock(targets, FROM) && !isSameNamespace(targets);
  return [...watchFindings(world), ...(isLeft ? [leftAlone(world, FROM, "start")] : [])];
}

/** The migration of a service's data from one store to another. */
export const moveStore: Runbook = {
  id: "move-store",
  title: "Move to another store",
  summary:
    "The service's data is copied cell by cell into another store, and compared, before clients start there.",
  version: 1,
  asks: "destination-store",
  offeredTo: ["embedded", "timelock"],
  places: movePlaces,
  predicates: MOVE_PREDICATES,
  steps: [
    assess,
    backedUp,
    stop,
    setUp,
    raise,
    commit,
    copy,
    validate,
    handOver,
    configure,
    invalidateSource,
    start,
    watch,
  ],
  advice: () => [],
  proof: moveProof,
  leadsTo: (targets) => (isOnTimelock(targets, TO) ? timelockSource(targets, TO) : { source: "embedded" }),
  meanwhile: (world) => [sourceStill(world), ...sequenceStill(world)],
  startOver: { reads: marksOf(TO), holds: mayStartOver },
  raise: raiseThere,
  abandon: abandonMove,
  watch: { reads: WATCHED, judge: watched },
};
