import type { Finding } from "#lib/engine/finding.ts";
import type { ReadingRequest } from "#lib/engine/reading.ts";
import { gate, operator, sequenceAt, type Abandon, type Runbook, type World } from "#lib/engine/step.ts";
import {
  boundInvalid,
  clientsStopped,
  noIncident,
  sequenceGrows,
  watchedLongEnough,
  writtenElsewhere,
} from "#lib/runbooks/findings/clients.ts";
import { participantsListed, timelockSource } from "#lib/runbooks/findings/entry.ts";
import { issuedNow, leftNamespace, oldStill } from "#lib/runbooks/findings/left-timelock.ts";
import {
  at,
  FROM,
  FROM_FRESH,
  fromName,
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
  TO,
  toName,
  watchFindings,
  WATCHED,
} from "#lib/runbooks/findings/move-steps.ts";
import {
  abandonMove,
  commitsThere,
  commitStands,
  issuesAboveC,
  mayStartOver,
  notStartedThere,
  sourceStill,
} from "#lib/runbooks/findings/moved.ts";
import { assessed, dropList, fixX, movableKinds, quietThere, xTaken } from "#lib/runbooks/findings/moving.ts";
import {
  abandonRename,
  keyspaceNamed,
  renameAndMovePlaces,
  takeRenameAndMove,
} from "#lib/runbooks/findings/renaming.ts";
import { clusterHealth, namespaceUsers } from "#lib/runbooks/findings/sequence.ts";
import { sequenceStill } from "#lib/runbooks/findings/source-sequence.ts";
import { backedUp, commit, copy, raise, setUp, validate } from "#lib/runbooks/move-data.ts";
import { renameAndMoveProof } from "#lib/runbooks/proofs/rename-and-move-proof.ts";
import { claim, cleanUp, forward, newNamespace, take } from "#lib/runbooks/rename-namespace.ts";

/*
 * A rename of a namespace whose data cannot stay where it is, which on Cassandra is every rename of the keyspace: steps 4 to 7 of a move stand
 * inside it, under its lease, with the new namespace as the sequence that gives S and C. The new name is claimed and lifted to TS before that.
 * The chain to prove: fresh(old) ≤ TS ≤ fast-forward < S < C < every later start. Source: runbooks section 4 step 4, and section 5
 */

const oldName = ({ targets }: World): string => sequenceAt(targets, FROM).namespace;

/* 1 */
const assess = gate("assess", {
  title: "Assess both names and both stores",
  purpose:
    "Both namespaces, the cluster, which two stores these are and whether they overlap, and what becomes of each table: everything that can fail is tried now, while the service still runs. Nothing is changed.",
  button: () => "Assess both names and both stores",
  clients: "up",
  reads: [
    ...STILL,
    store(FROM, "store.rights"),
    ...THERE,
    store(TO, "store.rights"),
    at(FROM, "timelock.health"),
    at(FROM, "inventory.namespace-users"),
    at(TO, "timelock.namespaces"),
    at(TO, "timelock.learned"),
    at(TO, "inventory.namespace-users"),
    move("move.assessment"),
  ],
  holds: (world) => [
    movableKinds(world),
    keyspaceNamed(world, TO),
    ...clusterHealth(world.readings, FROM, world.facts.now),
    leftNamespace(world.readings, TO, oldName(world)),
    { ...namespaceUsers(world.readings, FROM, oldName(world)), id: "old-namespace-users" },
    ...newNamespace(world),
    boundInvalid(world.readings, FROM),
    ...assessed(world),
    ...dropList(world, "move.assessment"),
    participantsListed(world),
  ],
});

/* 2 */
const stop = operator("stop", {
  title: "Stop all clients",
  purpose:
    "TimeLock stays up. Every node, sweep, command line and dependent is declared stopped, with automatic restart off, and both stores must be quiet. What the old namespace can have issued by then is kept as X.",
  button: () => "Confirm that all clients are stopped",
  clients: "stopping",
  inputs: ["attestations"],
  reads: [...STILL, ...THERE, at(FROM, "timelock.health"), FROM_FRESH],
  declarations: (world) => [...world.facts.participants, ...stillness(world)],
  holds: (world) => [clientsStopped(world), quietThere(world), issuedNow(world, FROM), xTaken(world)],
  fixes: fixX,
  undo: {
    kind: "reopen",
    text: "Clients may be started again on the old namespace with their old files. What was copied until then is void.",
    leaves: [],
    button: "Stop all clients again",
  },
});

/* 6 */
const readOld = gate("read-old", {
  title: "Read the old namespace again, and hand over",
  purpose:
    "The new store is handed to the clients only on the copy and the comparison of this very plan, while the old store has stood still and nobody has taken timestamps from the old namespace all the time.",
  button: (targets) => `Hand ${toName(targets)} over`,
  clients: "stopped",
  reads: [
    ...STILL,
    ...THERE,
    FROM_FRESH,
    ...(["move.copy", "move.comparison", "move.commit", "move.tables"] as const).map(move),
  ],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    oldStill(world, FROM),
    ...writtenElsewhere(world, FROM, FROM),
    boundInvalid(world.readings, FROM),
    sourceStill(world),
    ...sequenceStill(world),
    ...proven(world),
    commitStands(world),
    notStartedThere(world),
  ],
});

/* 7 */
const configure = operator("configure", {
  title: "Configure every node",
  purpose:
    "All nodes change together: namespace, timelock.client, and the key value service with its own namespace, which on Cassandra is the keyspace. A node with the old files would take timestamps from the old sequence and write into the old store. Each node's files are pasted back and checked.",
  button: () => "Confirm the configuration of every node",
  clients: "stopped",
  inputs: ["configuration"],
  guide: "move-store",
  reads: STILL,
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    boundInvalid(world.readings, FROM),
    sourceStill(world),
    ...sequenceStill(world),
  ],
  undo: {
    kind: "none",
    text: "Put the old files back, as long as no client has started on the new namespace.",
    leaves: [],
  },
});

const OLD_AND_NEW: readonly ReadingRequest[] = [
  at(TO, "timelock.learned"),
  at(FROM, "timelock.learned"),
  FROM_FRESH,
  LATER,
];

/* 8 */
const start = operator("start", {
  title: "Start the clients and try them",
  purpose:
    "From here nothing leads back without losing new writes. Start all clients with the new configuration and try what the service is for. What they take must lie above C, what they commit must be seen in the new store, and the old namespace must stand still.",
  button: (targets) => `Confirm that clients run on ${toName(targets)}`,
  clients: "starting",
  irreversible: true,
  inputs: ["smoke-test"],
  reads: [...marksOf(FROM), ...marksOf(TO), at(TO, "timelock.health"), ...OLD_AND_NEW],
  holds: (world) => [
    sourceStill(world),
    issuesAboveC(world),
    sequenceGrows(world, TO),
    commitsThere(world),
    oldStill(world, FROM),
  ],
  undo: {
    kind: "none",
    text: "Nothing leads back without losing what clients have written since.",
    leaves: [],
  },
});

const LOOKS = [...WATCHED, at(FROM, "timelock.learned"), FROM_FRESH];

/* 9 */
const watch = gate("watch", {
  title: "Watch the old namespace and the old store",
  purpose:
    "For a day the worker looks whether anybody uses the old namespace or the old store, and then daily for a week. Keep the old store, with its backup, until the date that you have set for it.",
  button: () => "Finish the watch",
  clients: "running",
  automatic: true,
  reads: LOOKS,
  holds: (world) => [watchedLongEnough(world), noIncident(world), ...found(world)],
});

/** The migration of one service to another namespace of its cluster, and of its data to the store that goes with it. */
export const renameAndMove: Runbook = {
  id: "rename-and-move",
  title: "Rename the namespace and move the data",
  summary:
    "The service leaves its namespace of TimeLock for another on the same cluster, and its data is copied and compared into the store that goes with the new name.",
  version: 1,
  asks: "destination-store",
  offeredTo: ["timelock"],
  places: (asked) => renameAndMovePlaces(asked, FROM, TO),
  predicates: {
    ...MOVE_PREDICATES,
    TS: "TS is the maximum of X, of what the old namespace issues and has stored when clients are stopped, of the kept value and of the newest punch; 0 < TS ≤ Long.MAX - 2,000,001",
  },
  steps: [
    assess,
    backedUp,
    stop,
    { ...take, fixes: (world) => takeRenameAndMove(world, FROM, FROM) },
    setUp,
    claim,
    forward,
    raise,
    commit,
    copy,
    validate,
    readOld,
    configure,
    start,
    watch,
    cleanUp,
  ],
  advice: () => [
    "A namespace cannot be renamed on TimeLock: the service moves to a new sequence that starts above the old one, and the old name stays behind, unused.",
  ],
  proof: renameAndMoveProof,
  leadsTo: (targets) => timelockSource(targets, TO),
  meanwhile: (world) => [sourceStill(world), ...sequenceStill(world)],
  startOver: { reads: marksOf(TO), holds: mayStartOver },
  raise: raiseThere,
  abandon: abandonBoth,
  watch: { reads: LOOKS, judge: found },
};

function found(world: World): readonly Finding[] {
  return [...watchFindings(world), oldStill(world, FROM)];
}

/** What either half would leave behind. */
function abandonBoth(world: World): Abandon {
  const moved = abandonMove(world);
  if (!moved.possible) return moved;
  const renamed = abandonRename(world, FROM, TO);
  const leavesBehind = [...new Set([...moved.leavesBehind, ...renamed.leavesBehind])];
  return {
    ...moved,
    leavesBehind: [...leavesBehind, `The data of the service stays in ${fromName(world.targets)}.`],
  };
}
