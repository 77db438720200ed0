import type { Finding } from "#lib/engine/finding.ts";
import type { ReadingRequest, SequenceReading, StoreReading } from "#lib/engine/reading.ts";
import {
  act,
  gate,
  operator,
  sequenceAt,
  storeAt,
  type Declaration,
  type Runbook,
  type Targets,
  type World,
} from "#lib/engine/step.ts";
import { readTwice, rights } from "#lib/runbooks/findings/bound.ts";
import {
  clientsStopped,
  noIncident,
  punchedAbove,
  watchedLongEnough,
  writtenElsewhere,
} from "#lib/runbooks/findings/clients.ts";
import { participantsListed } from "#lib/runbooks/findings/entry.ts";
import { aboveKept, issuedNow, leftAlone, leftNamespace } from "#lib/runbooks/findings/left-timelock.ts";
import { neighboursAnswer } from "#lib/runbooks/findings/neighbours.ts";
import {
  boundAdvanced,
  boundReadable,
  chooseMending,
  chooseSetting,
  mended,
  nHolds,
  provenN,
  reversalTaken,
  settable,
  setToN,
  takeReversal,
  untouchedN,
  withdrawn,
} from "#lib/runbooks/findings/reversal-bound.ts";
import {
  abandonReversal,
  ONE_NODE_STAYS,
  oneNode,
  oneOrigin,
  reversalAdvice,
  reversalPlaces,
  reversalStart,
  whatIsLost,
  whyReversal,
} from "#lib/runbooks/findings/reversal.ts";
import { clusterHealth, namespaceName, namespaceUsers } from "#lib/runbooks/findings/sequence.ts";
import { stillDeclarations } from "#lib/runbooks/findings/stop-proof.ts";
import { stillOnTimelock } from "#lib/runbooks/findings/stop-proof-sequence.ts";
import { fromTimelockProof } from "#lib/runbooks/proofs/from-timelock-proof.ts";

/*
 * from-timelock: a service leaves its namespace of TimeLock for the bound in its own store, and one node serves alone.
 * The chain to prove: K < TS ≤ TimeLock's bound ≤ N = bound in the store. Once N is fixed, no fresh timestamp is taken any more.
 * Source: runbooks section 3, seeds 000
 */

const STORE = "destination";
const SEQUENCE = "source";

const store = (kind: StoreReading): ReadingRequest => ({ kind, store: STORE });
const sequence = (kind: SequenceReading): ReadingRequest => ({ kind, sequence: SEQUENCE });
const FRESH: ReadingRequest = { kind: "timelock.fresh", sequence: SEQUENCE, above: null };

/** What is looked at again and again while clients are meant to be stopped. */
const STILL = [
  ...(["bound", "punch", "transactions", "sessions"] as const).map((kind) => store(`store.${kind}`)),
  sequence("timelock.learned"),
];

const namespaceOf = (targets: Targets): string => sequenceAt(targets, SEQUENCE).namespace;
const storeName = (targets: Targets): string => storeAt(targets, STORE).label;
const stillness = (world: World): readonly Declaration[] => [
  ...stillDeclarations(world.readings, STORE),
  ...stillOnTimelock(world.readings, SEQUENCE),
];

/* 1 */
const assess = gate("assess", {
  title: "Assess",
  purpose:
    "First the question whether the service should leave TimeLock at all; then everything that can fail, while it still runs. Nothing is changed. One node will remain afterwards.",
  button: () => "Assess the service",
  clients: "up",
  guide: "to-timelock",
  reads: [
    ...STILL,
    store("store.rights"),
    sequence("timelock.health"),
    sequence("timelock.namespaces"),
    sequence("timelock.servers"),
    sequence("inventory.namespace-users"),
  ],
  holds: (world) => [
    whyReversal(world),
    oneNode(world),
    whatIsLost(),
    ...reversalStart(world.readings, STORE),
    ...rights(world.readings, STORE),
    namespaceName(namespaceOf(world.targets)),
    ...clusterHealth(world.readings, SEQUENCE, world.facts.now),
    leftNamespace(world.readings, SEQUENCE, namespaceOf(world.targets)),
    namespaceUsers(world.readings, SEQUENCE, namespaceOf(world.targets)),
    participantsListed(world),
  ],
});

/* 2 */
const stop = operator("stop", {
  title: "Stop all clients",
  purpose:
    "Two sequences that issue at once corrupt data. Every node is declared stopped, and every command line too: one with a timelock block would invalidate the bound again. TimeLock is asked for two timestamps, a quiet window apart: they may differ by Lockstep's own alone.",
  button: () => "Confirm that all clients are stopped",
  clients: "stopping",
  inputs: ["attestations"],
  reads: [...STILL, sequence("timelock.health"), FRESH],
  declarations: (world) => [...world.facts.participants, ...stillness(world)],
  holds: (world) => [clientsStopped(world), issuedNow(world, SEQUENCE)],
  undo: {
    kind: "reopen",
    text: "Clients may be started again on TimeLock with their old files, as long as the bound is not set.",
    leaves: [],
    button: "Stop all clients again",
  },
});

/* 3 */
const take = gate("take-ts", {
  title: "Take TS and N",
  purpose:
    "TS is the last timestamp that TimeLock issues. N lies above everything that TimeLock can have issued and that the store holds: the largest of TS + 1,000,000, TimeLock's bound, kept value, backup and newest punch, and a margin. From here on Lockstep takes no timestamp from TimeLock any more.",
  button: () => "Take TS and N",
  clients: "stopped",
  reads: [...STILL, store("store.read-back"), sequence("timelock.health"), FRESH],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    ...reversalStart(world.readings, STORE),
    readTwice(world.readings, STORE),
    ...clusterHealth(world.readings, SEQUENCE, world.facts.now),
    issuedNow(world, SEQUENCE),
    aboveKept(world, STORE, SEQUENCE),
    ...writtenElsewhere(world, SEQUENCE, STORE),
    reversalTaken(world, STORE, SEQUENCE),
  ],
  fixes: (world) => takeReversal(world.readings, STORE, SEQUENCE),
  undo: {
    kind: "reopen",
    text: "TS and N can be taken again at any time before the node starts. Undo the setting of the bound first, if it was set.",
    leaves: [],
    button: "Take TS and N again",
  },
});

/* 4 */
const configure = operator("configure", {
  title: "Configure every node",
  purpose:
    "The timelock block goes from the install file and timelockRuntime from the runtime file, on every node: one that was forgotten would invalidate the bound again. One node is kept. Each node's files are pasted back and checked.",
  button: () => "Confirm the configuration of every node",
  clients: "stopped",
  inputs: ["configuration", "attestations"],
  guide: "from-timelock",
  reads: STILL,
  declarations: (world) => [ONE_NODE_STAYS, ...stillness(world)],
  holds: (world) => [clientsStopped(world), leftAlone(world, SEQUENCE, "take-ts")],
  undo: {
    kind: "none",
    text: "Put the old files back, together with undoing the setting of the bound.",
    leaves: [],
  },
});

/* 5 */
const others = gate("others-answer", {
  title: "Others on TimeLock answer",
  purpose:
    "A ping of every other service's namespace on this cluster. Nothing is restarted, and an answer that is missing stops nothing here: it is told so that nobody takes it for a consequence.",
  button: () => "Note how the others answer",
  clients: "stopped",
  reads: [...STILL, sequence("timelock.health"), sequence("timelock.neighbours")],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    ...neighboursAnswer(world.readings, SEQUENCE),
    leftAlone(world, SEQUENCE, "take-ts"),
  ],
});

const UNIT = "set-bound";

/** What both acts of the unit rest on. */
const maySet = (world: World): readonly Finding[] => [
  clientsStopped(world),
  settable(world.readings, STORE),
  nHolds(world, STORE, SEQUENCE),
  leftAlone(world, SEQUENCE, "take-ts"),
];

/* 6, where the bound is in pieces */
const mend = act("mend", {
  title: "Mend the store's bound",
  purpose:
    "Only if the store holds several rows, or a bound and a backup at once: one guarded write leaves the largest value, invalidated. Otherwise nothing is written.",
  button: (targets) => `Set the bound in ${storeName(targets)}`,
  unit: UNIT,
  clients: "stopped",
  inputs: ["typed-phrase"],
  phrase: storeName,
  reads: STILL,
  declarations: stillness,
  holds: maySet,
  templates: [{ kind: "store.repair", store: STORE, leave: "invalidated" }],
  choose: (world) => chooseMending(world, STORE),
  readBack: [store("store.read-back"), store("store.bound")],
  settled: (world) => mended(world, STORE),
  undo: {
    kind: "none",
    text: "The bound that is set next can be invalidated again until the node has started. A bound in one piece stays so.",
    leaves: [],
  },
});

/* 6 */
const setBound = act("set-bound", {
  title: "Set the bound to N",
  purpose:
    "One guarded write makes the store's bound readable with N and clears the backup: renamed back where it was renamed, one row exactly, a row or a table where there was none. It refuses if the store is not as it was read.",
  button: (targets) => `Set the bound in ${storeName(targets)} to N`,
  unit: UNIT,
  clients: "stopped",
  reads: STILL,
  declarations: stillness,
  holds: maySet,
  templates: [{ kind: "store.restore", store: STORE, to: "N" }],
  choose: (world) => chooseSetting(world, STORE),
  readBack: [store("store.read-back"), store("store.bound")],
  settled: (world) => setToN(world, STORE),
  undo: {
    kind: "operation",
    text: "The bound is invalidated again with N kept, as long as no node has started on it. The service can go back to TimeLock then: its start raises TimeLock above N.",
    leaves: ["a kept value N in the store, to which TimeLock is raised at the next start of a client"],
    button: "Invalidate the bound again",
    operation: { kind: "store.invalidate", store: STORE },
    reads: STILL,
    holds: (world) => [clientsStopped(world), untouchedN(world, STORE)],
    readBack: [store("store.read-back"), store("store.bound")],
    settled: (world) => withdrawn(world, STORE),
  },
});

/* 7 */
const prove = gate("prove", {
  title: "Prove the bound",
  purpose:
    "The bound is read once more, in every way and place that AtlasDB reads it: one readable value, N, and nothing kept beside it. TimeLock's stored bound has not moved.",
  button: () => "Prove the bound",
  clients: "stopped",
  reads: [...STILL, store("store.read-back")],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    provenN(world, STORE),
    untouchedN(world, STORE),
    nHolds(world, STORE, SEQUENCE),
    leftAlone(world, SEQUENCE, "take-ts"),
  ],
});

/* 8 */
const start = operator("start", {
  title: "Start the one node and try it",
  purpose:
    "From here the way is forward only. Start the one node with its new files and try what the service is for. Its first timestamp raises the bound above N + 1,000,000, and what it commits lies above N.",
  button: () => "Confirm that the node runs on its own bound",
  clients: "starting",
  irreversible: true,
  inputs: ["smoke-test"],
  reads: STILL,
  holds: (world) => [
    boundAdvanced(world, STORE),
    punchedAbove(world, STORE, "N"),
    leftAlone(world, SEQUENCE, "take-ts"),
    oneOrigin(world.readings, STORE),
  ],
  undo: {
    kind: "none",
    text: "Once the node has issued from its own bound, back leads the migration to TimeLock only.",
    leaves: [],
  },
});

/* 9 */
const watch = gate("watch", {
  title: "Watch",
  purpose:
    "For a day the worker looks whether TimeLock's stored bound moves or the store's bound is invalidated again, as a forgotten node would do, and then daily for a week. Either opens an incident.",
  button: () => "Finish the watch",
  clients: "running",
  automatic: true,
  reads: STILL,
  holds: (world) => [watchedLongEnough(world), noIncident(world), ...watchFindings(world)],
});

/** The migration of one service from TimeLock back to the bound in its own store. */
export const fromTimelock: Runbook = {
  id: "from-timelock",
  title: "Move back to embedded",
  summary: "The service leaves TimeLock for the bound in its own store. One node serves alone from then on.",
  version: 1,
  asks: "nothing",
  offeredTo: ["timelock"],
  places: (asked) => reversalPlaces(asked, STORE, SEQUENCE),
  predicates: {
    N: "N is the maximum of TS + 1,000,000, TimeLock's bound, kept value, backup and punch, plus a margin of 1,000,000, with TS issued by TimeLock when clients are stopped; N ≤ Long.MAX - 2,000,001",
  },
  steps: [assess, stop, take, configure, others, mend, setBound, prove, start, watch],
  advice: reversalAdvice,
  proof: fromTimelockProof,
  leadsTo: () => ({ source: "embedded" }),
  raise: (targets) =>
    `Raise the bound in ${storeName(targets)} above the largest value that any reading shows, TimeLock's included, before anything starts again: contact the AtlasDB team.`,
  abandon: (world) => abandonReversal(world, STORE, SEQUENCE),
  watch: { reads: STILL, judge: watchFindings },
};

function watchFindings(world: World): readonly Finding[] {
  return [
    boundReadable(world, STORE),
    leftAlone(world, SEQUENCE, "take-ts"),
    oneOrigin(world.readings, STORE),
  ];
}
