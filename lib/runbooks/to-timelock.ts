import type { Finding } from "#lib/engine/finding.ts";
import type { ReadingRequest, SequenceReading, StoreReading, Values } from "#lib/engine/reading.ts";
import {
  NO_PLACE_CHOSEN,
  act,
  gate,
  operator,
  sequenceAt,
  storeAt,
  type Runbook,
  type Targets,
  type World,
} from "#lib/engine/step.ts";
import { learnedBound, clusterHealth, namespaceUsers } from "#lib/runbooks/findings/sequence.ts";
import { nothingAbove, readTwice, rights, startState, takeTs } from "#lib/runbooks/findings/bound.ts";
import {
  boundInvalid,
  clientsStopped,
  freshAbove,
  noIncident,
  onlyOurProbes,
  punchedAbove,
  sequenceGrows,
  usedEarly,
  watchedLongEnough,
  writtenElsewhere,
} from "#lib/runbooks/findings/clients.ts";
import {
  abandonToTimelock,
  bornElsewhere,
  keptMayBeHigher,
  namespaceFindings,
  participantsListed,
  raiseNamespace,
  timelockSource,
  TO_TIMELOCK_PREDICATES,
  toTimelockAdvice,
  tsTaken,
} from "#lib/runbooks/findings/entry.ts";
import {
  chooseInvalidation,
  claimed,
  forwardedAbove,
  invalidated,
  keptIsHigher,
  keptValue,
  restored,
  sequenceHeld,
} from "#lib/runbooks/findings/verdicts.ts";
import { stillDeclarations } from "#lib/runbooks/findings/stop-proof.ts";
import { toTimelockProof } from "#lib/runbooks/proofs/to-timelock-proof.ts";

/*
 * to-timelock: a service leaves its embedded timestamps for a namespace of TimeLock.
 * The chain to prove: every old bound ≤ TS ≤ fast-forward < fresh(new). Source: runbooks section 2, seeds 001 and 002.
 */

const STORE = "source";
const SEQUENCE = "destination";

const store = (kind: StoreReading): ReadingRequest => ({ kind, store: STORE });
const sequence = (kind: SequenceReading): ReadingRequest => ({ kind, sequence: SEQUENCE });
const fresh = (above: "TS" | "K"): ReadingRequest => ({ kind: "timelock.fresh", sequence: SEQUENCE, above });

/** What is looked at again and again while clients are meant to be stopped. */
const STILL = (["bound", "punch", "transactions", "sessions"] as const).map((kind) => store(`store.${kind}`));

const namespaceOf = (targets: Targets): string => sequenceAt(targets, SEQUENCE).namespace;
const storeName = (targets: Targets): string => storeAt(targets, STORE).label;
const stillness = (world: World) => stillDeclarations(world.readings, STORE);

/* 1 */
const assess = gate("assess", {
  title: "Assess",
  purpose: "Everything that can fail is tried now, while the service still runs. Nothing is changed.",
  button: () => "Assess the service",
  clients: "up",
  reads: [
    ...STILL,
    store("store.rights"),
    sequence("timelock.health"),
    sequence("timelock.namespaces"),
    sequence("timelock.learned"),
    sequence("timelock.servers"),
    sequence("inventory.namespace-users"),
  ],
  holds: (world) => [
    ...startState(world.readings, STORE, SEQUENCE),
    ...rights(world.readings, STORE),
    ...namespaceFindings(world, STORE, SEQUENCE),
    bornElsewhere(world, STORE, SEQUENCE),
    participantsListed(world),
  ],
});

/* 2 */
const stop = operator("stop", {
  title: "Stop all clients",
  purpose:
    "Two sequences that issue at once corrupt data. Every node, command line and dependent is declared stopped, with automatic restart off, and the systems are watched for movement.",
  button: () => "Confirm that all clients are stopped",
  clients: "stopping",
  inputs: ["attestations"],
  reads: STILL,
  declarations: (world) => [...world.facts.participants, ...stillness(world)],
  holds: (world) => [clientsStopped(world)],
  undo: {
    kind: "reopen",
    text: "Clients may be started again on their old configuration as long as the store's bound is readable.",
    leaves: [],
    button: "Stop all clients again",
  },
});

/* 3 */
const claim = act("claim", {
  title: "Claim the namespace",
  purpose:
    "A ping makes TimeLock create the namespace and elect its leader. It uses up no timestamp. A mistyped name would silently make another sequence, so it is typed once more.",
  button: (targets) => `Claim ${namespaceOf(targets)}`,
  clients: "stopped",
  inputs: ["typed-phrase"],
  phrase: namespaceOf,
  reads: [
    ...STILL,
    sequence("timelock.health"),
    sequence("timelock.namespaces"),
    sequence("timelock.learned"),
    sequence("inventory.namespace-users"),
  ],
  declarations: stillness,
  holds: (world) => [clientsStopped(world), ...namespaceFindings(world, STORE, SEQUENCE)],
  templates: [{ kind: "timelock.claim", sequence: SEQUENCE }],
  choose: () => ({ kind: "timelock.claim", sequence: SEQUENCE }),
  readBack: [sequence("timelock.health"), sequence("timelock.learned")],
  settled: (world) => claimed(world, SEQUENCE),
  undo: {
    kind: "none",
    text: "A claimed name cannot be removed; it is harmless.",
    leaves: ["the name of the namespace on TimeLock"],
  },
});

/* 4 */
const take = gate("take-ts", {
  title: "Take TS",
  purpose:
    "TS is at least every timestamp that the service was ever issued. It is read twice from the store and never typed: the maximum of bound or kept value, backup, newest punch and newest transaction.",
  button: () => "Take TS",
  clients: "stopped",
  reads: [...STILL, store("store.read-back"), sequence("timelock.learned")],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    ...startState(world.readings, STORE, SEQUENCE),
    readTwice(world.readings, STORE),
    bornElsewhere(world, STORE, SEQUENCE),
    tsTaken(world, STORE),
  ],
  fixes: (world): Values => {
    const ts = takeTs(world.readings, STORE);
    return ts === null ? {} : { TS: ts };
  },
  undo: {
    kind: "reopen",
    text: "TS can be taken again at any time before clients start. A later fast-forward only ever raises.",
    leaves: [],
    button: "Take TS again",
  },
});

/* 5 */
const forward = act("fast-forward", {
  title: "Fast-forward TimeLock to TS",
  purpose: "Every timestamp that TimeLock will issue for this namespace becomes larger than TS.",
  button: (targets) => `Fast-forward ${namespaceOf(targets)}`,
  clients: "stopped",
  irreversible: true,
  reads: [
    ...STILL,
    sequence("timelock.health"),
    sequence("timelock.learned"),
    sequence("inventory.namespace-users"),
  ],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    nothingAbove("ts-holds", world.values.TS, world.readings, STORE),
    ...clusterHealth(world.readings, SEQUENCE, world.facts.now),
    ...learnedBound(
      world.readings,
      SEQUENCE,
      world.values.TS ?? null,
      world.facts.highestLearned[SEQUENCE] ?? null,
    ),
    namespaceUsers(world.readings, SEQUENCE, namespaceOf(world.targets)),
  ],
  templates: [{ kind: "timelock.fast-forward", sequence: SEQUENCE, to: "TS" }],
  choose: (world) =>
    world.values.TS === 0n ? null : { kind: "timelock.fast-forward", sequence: SEQUENCE, to: "TS" },
  readBack: [sequence("timelock.learned"), fresh("TS")],
  settled: (world) => forwardedAbove(world, world.values.TS, SEQUENCE, STORE),
  undo: {
    kind: "none",
    text: "TimeLock never goes back. Fast-forwarding further is always possible and safe.",
    leaves: ["a higher bound of the namespace on TimeLock"],
  },
});

/* 6 */
const invalidate = act("invalidate", {
  title: "Invalidate the store's bound",
  purpose:
    "No client with an old configuration can start any more. The value is kept beside. If it turns out to be higher than TS, TimeLock is forwarded to it at once, in the same unit.",
  button: (targets) => `Invalidate the bound in ${storeName(targets)}`,
  unit: "invalidate-and-forward",
  clients: "stopped",
  inputs: ["typed-phrase"],
  phrase: storeName,
  reads: [...STILL, sequence("timelock.health"), sequence("timelock.learned"), fresh("TS")],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    ...startState(world.readings, STORE, SEQUENCE),
    keptMayBeHigher(world, STORE),
    ...clusterHealth(world.readings, SEQUENCE, world.facts.now),
    sequenceHeld(world, SEQUENCE),
    ...usedEarly(world, SEQUENCE),
  ],
  templates: [
    { kind: "store.invalidate", store: STORE },
    { kind: "store.repair", store: STORE, leave: "invalidated" },
  ],
  choose: (world) => chooseInvalidation(world, STORE),
  readBack: [store("store.read-back"), store("store.bound")],
  settled: (world) => invalidated(world, STORE),
  fixes: (world): Values => {
    const kept = keptValue(world, STORE);
    return kept === null ? {} : { K: kept };
  },
  undo: {
    kind: "operation",
    text: "The bound is made readable again with the kept value, as long as TimeLock has issued nothing but Lockstep's own probes and no client has started.",
    leaves: ["a higher bound of the namespace on TimeLock"],
    button: "Make the bound readable again",
    operation: { kind: "store.restore", store: STORE, to: "K" },
    reads: [...STILL, sequence("timelock.health"), fresh("TS")],
    holds: (world) => [
      clientsStopped(world),
      boundInvalid(world.readings, STORE),
      onlyOurProbes(world, SEQUENCE),
    ],
    readBack: [store("store.read-back"), store("store.bound")],
    settled: (world) => restored(world, STORE),
  },
});

/* 7 */
const forwardKept = act("forward-kept", {
  title: "Fast-forward to the kept value",
  purpose:
    "Only if the value that the store kept is higher than TS: TimeLock is forwarded to it. Otherwise the chain holds already.",
  button: (targets) => `Finish the proof for ${namespaceOf(targets)}`,
  unit: "invalidate-and-forward",
  clients: "stopped",
  irreversible: true,
  reads: [store("store.bound"), store("store.punch"), sequence("timelock.learned"), fresh("TS")],
  holds: (world) => [boundInvalid(world.readings, STORE), sequenceHeld(world, SEQUENCE)],
  templates: [{ kind: "timelock.fast-forward", sequence: SEQUENCE, to: "K" }],
  choose: (world) =>
    keptIsHigher(world.values) ? { kind: "timelock.fast-forward", sequence: SEQUENCE, to: "K" } : null,
  readBack: [store("store.bound"), sequence("timelock.learned"), fresh("K")],
  settled: (world) =>
    forwardedAbove(world, keptIsHigher(world.values) ? world.values.K : world.values.TS, SEQUENCE, STORE),
  undo: {
    kind: "none",
    text: "TimeLock never goes back. It is undone together with the invalidation.",
    leaves: [],
  },
});

/* 8 */
const oneFails = operator("one-client-fails", {
  title: "See one client fail on its old configuration",
  purpose:
    "A check that the right store was invalidated. Start one client with its old configuration: it must fail. On Postgres it retries for two to three minutes and then names the missing column last_allocated; on Cassandra it says “array too small: 1 < 8” at once. With initializeAsync the process lives on and only its log shows it. If it runs, stop it at once.",
  button: () => "Record that it failed",
  clients: "one-may-fail",
  optional: true,
  inputs: ["attestations"],
  reads: [store("store.bound"), store("store.punch")],
  declarations: () => [
    {
      subject: "old-client-failed",
      label: "One client with the old configuration was started, failed, and is stopped again.",
      hint: "Note what its log said.",
    },
  ],
  holds: (world) => [
    boundInvalid(world.readings, STORE),
    nothingAbove("old-client", world.values.K ?? world.values.TS, world.readings, STORE),
  ],
});

/* 9 */
const configure = operator("configure", {
  title: "Configure every node",
  purpose:
    "All nodes change together: leader, lock and timestamp blocks go, the timelock block comes. A rolling restart is refused: an old node beside a new one fails at best. Each node's files are pasted back and checked.",
  button: () => "Confirm the configuration of every node",
  clients: "stopped",
  inputs: ["configuration"],
  guide: "to-timelock",
  reads: STILL,
  declarations: stillness,
  holds: (world) => [clientsStopped(world), boundInvalid(world.readings, STORE)],
  undo: { kind: "none", text: "Put the old files back, together with undoing the invalidation.", leaves: [] },
});

/* 10 */
const start = operator("start", {
  title: "Start the clients and try them",
  purpose:
    "From here back leads a reverse migration only. Start all clients with the new configuration and try what the service is for. TimeLock must issue to them, and what they commit must lie above TS.",
  button: () => "Confirm that clients run on TimeLock",
  clients: "starting",
  irreversible: true,
  inputs: ["smoke-test"],
  reads: [
    store("store.bound"),
    store("store.punch"),
    store("store.transactions"),
    sequence("timelock.health"),
    sequence("timelock.learned"),
    fresh("TS"),
  ],
  holds: (world) => [
    boundInvalid(world.readings, STORE),
    freshAbove(world, SEQUENCE, STORE),
    ...writtenElsewhere(world, SEQUENCE, STORE),
    sequenceGrows(world, SEQUENCE),
    punchedAbove(world, STORE),
  ],
  undo: {
    kind: "none",
    text: "Once clients have written with timestamps of TimeLock, back leads the reverse migration only.",
    leaves: [],
  },
});

const WATCHED = [store("store.bound"), store("store.punch"), sequence("timelock.learned"), fresh("TS")];

/* 11 */
const watch = gate("watch", {
  title: "Watch",
  purpose:
    "For a day the worker looks whether the bound becomes readable again or TimeLock issues too low, and then daily for a week. Either opens an incident.",
  button: () => "Finish the watch",
  clients: "running",
  automatic: true,
  reads: WATCHED,
  holds: (world) => [watchedLongEnough(world), noIncident(world), ...watchFindings(world)],
});

const MENDS =
  "Only to mend: the service is on TimeLock already, and this finishes or proves that migration, such as when its store's bound became readable again.";

/** The migration of one service from embedded timestamps to TimeLock. */
export const toTimelock: Runbook = {
  id: "to-timelock",
  title: "Move to TimeLock",
  summary: "The service leaves the bound in its own store for a namespace of TimeLock.",
  version: 1,
  asks: "cluster-and-namespace",
  offeredTo: ["embedded", "timelock"],
  mends: { source: "timelock", summary: MENDS },
  places: ({ chosen }) =>
    chosen === null
      ? NO_PLACE_CHOSEN
      : { fits: true, store: STORE, sequences: [{ role: SEQUENCE, ...chosen }] },
  predicates: TO_TIMELOCK_PREDICATES,
  steps: [assess, stop, claim, take, forward, invalidate, forwardKept, oneFails, configure, start, watch],
  advice: (world, atlasdbVersion) => toTimelockAdvice(world, STORE, atlasdbVersion),
  proof: toTimelockProof,
  leadsTo: (targets) => timelockSource(targets, SEQUENCE),
  raise: (targets) => raiseNamespace(targets, SEQUENCE),
  abandon: (world) => abandonToTimelock(world, STORE, SEQUENCE),
  watch: { reads: WATCHED, judge: watchFindings },
};

function watchFindings(world: World): readonly Finding[] {
  return [
    boundInvalid(world.readings, STORE),
    freshAbove(world, SEQUENCE, STORE),
    ...writtenElsewhere(world, SEQUENCE, STORE),
    ...learnedBound(world.readings, SEQUENCE, null, world.facts.highestLearned[SEQUENCE] ?? null).filter(
      (one) => one.level === "blocking",
    ),
  ];
}
