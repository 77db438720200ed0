import { act, gate } from "#lib/engine/step.ts";
import { clientsStopped } from "#lib/runbooks/findings/clients.ts";
import {
  at,
  FROM,
  FROM_FRESH,
  fromName,
  marksOf,
  move,
  START_OVER,
  STILL,
  stillness,
  store,
  THERE,
  timelockThere,
  TO,
  toName,
} from "#lib/runbooks/findings/move-steps.ts";
import { nobodySinceSetUp, nobodyStartedThere } from "#lib/runbooks/findings/earlier-copies.ts";
import {
  byHand,
  commitStands,
  committed,
  compared,
  copied,
  copyMayStart,
  fixPair,
  fixXByHand,
  notStartedThere,
  raised,
  setUpDone,
  sourceStill,
} from "#lib/runbooks/findings/moved.ts";
import { sequenceStill } from "#lib/runbooks/findings/source-sequence.ts";
import { formerWorkers } from "#lib/runbooks/findings/former-workers.ts";
import { backupAge, backups, backupsDated } from "#lib/runbooks/findings/backups.ts";
import { assessedAgain, dropList, quietThere, storesPinned } from "#lib/runbooks/findings/moving.ts";

/*
 * The steps that move a service's data, the same in every migration that does: the backups, and steps 4 to 7 of a move. What they stand on:
 * a step "stop" before them, which fixes X. Source: runbooks sections 4 and 5
 */

/** What of both stores could be put back. */
export const backedUp = gate("backups", {
  title: "Declare the backups",
  purpose:
    "The setup drops tables of the destination, and nothing but its backup brings them back. Say of both stores where the backup is, when it was taken, and that restoring it was tried.",
  button: () => "Confirm both backups",
  clients: "up",
  inputs: ["attestations"],
  reads: [move("move.tables")],
  declarations: backups,
  holds: (world) => [...backupsDated(world), ...dropList(world, "move.tables"), ...formerWorkers(world)],
});

/** Drops and creates the destination's tables, as approved. */
export const setUp = act("set-up", {
  title: "Set the destination up",
  purpose:
    "The drop list is read again, and nothing is done when it is another than the approved one. Both stores are assessed once more: an overlap, a session that still writes to the source, or a missing right stops it. All metadata is read from the source before anything is dropped; then tables are dropped, and created with the same metadata bytes.",
  button: (targets) => `Drop and create the tables of ${toName(targets)}`,
  clients: "stopped",
  irreversible: true,
  inputs: ["typed-phrase"],
  phrase: toName,
  reads: [...STILL, ...THERE, move("move.assessment"), move("move.tables")],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    quietThere(world),
    sourceStill(world),
    ...sequenceStill(world),
    storesPinned(world),
    ...assessedAgain(world),
    ...nobodyStartedThere(world, "tables"),
    ...backupAge(world),
    ...dropList(world, "move.tables"),
    ...formerWorkers(world),
  ],
  templates: [{ kind: "move.set-up", into: TO }],
  choose: () => ({ kind: "move.set-up", into: TO }),
  readBack: [move("move.tables"), ...marksOf(FROM), ...marksOf(TO), at(FROM, "timelock.learned"), FROM_FRESH],
  settled: setUpDone,
  fixes: fixXByHand,
  undo: {
    kind: "none",
    text: "Only the backup of the destination brings back what was dropped.",
    leaves: ["empty tables in the destination"],
  },
});

const UNIT = "commit-start";

/** Takes S and C from the destination's sequence, above everything that the source's has issued. */
export const raise = act("raise", {
  title: "Take S and C",
  purpose:
    "The destination's sequence is raised above X, and gives S and C. From there on everything that clients will ever take lies above both.",
  button: (targets) => `Take S and C, and commit them in ${toName(targets)}`,
  unit: UNIT,
  clients: "stopped",
  irreversible: true,
  reads: [...STILL, ...THERE, at(TO, "timelock.health"), at(TO, "inventory.namespace-users")],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    sourceStill(world),
    ...sequenceStill(world),
    ...timelockThere(world),
    quietThere(world),
    nobodySinceSetUp(world),
    ...(byHand(world) ? [] : nobodyStartedThere(world, "values")),
  ],
  templates: [{ kind: "move.take-start", into: TO, above: "X" }],
  choose: () => ({ kind: "move.take-start", into: TO, above: "X" }),
  readBack: [move("move.start"), store(TO, "store.read-back"), at(TO, "timelock.learned")],
  settled: raised,
  fixes: fixPair,
  undo: {
    kind: "none",
    text: "A sequence never goes back. That it stands higher is harmless, and values that nobody recorded belong to nobody.",
    leaves: ["a higher bound of the destination's sequence"],
  },
});

/** Records S as committed at C in the destination. */
export const commit = act("commit", {
  title: "Commit the migration's transaction",
  purpose:
    "S is recorded as committed at C in the destination, if nothing is recorded for it, and read back as its clients will read it. Every cell is written at S, so all of them are visible to whatever starts above C, and to nothing else.",
  button: (targets) => `Commit S at C in ${toName(targets)}`,
  unit: UNIT,
  clients: "stopped",
  reads: [...STILL],
  declarations: stillness,
  holds: (world) => [sourceStill(world), ...sequenceStill(world)],
  templates: [{ kind: "move.commit-start", into: TO, start: "S", commit: "C" }],
  choose: () => ({ kind: "move.commit-start", into: TO, start: "S", commit: "C" }),
  readBack: [move("move.commit")],
  settled: committed,
  undo: { kind: "none", text: START_OVER, leaves: ["one entry of the destination's transactions"] },
});

/** Copies every cell. */
export const copy = act("copy", {
  title: "Copy every cell",
  purpose:
    "The workers copy the newest committed version of each cell, range by range, under fenced leases. It may be paused, throttled and resumed at any time, and survives the loss of workers. The source is only read. An outage of TimeLock does not stop it.",
  button: (targets) => `Copy into ${toName(targets)}`,
  clients: "stopped",
  reads: [...STILL, ...marksOf(TO), move("move.commit"), move("move.copy")],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    sourceStill(world),
    ...sequenceStill(world),
    commitStands(world),
    notStartedThere(world),
    copyMayStart(world),
  ],
  templates: [{ kind: "move.copy", into: TO, start: "S" }],
  choose: (world) => (byHand(world) ? null : { kind: "move.copy", into: TO, start: "S" }),
  readBack: [...marksOf(FROM), move("move.copy")],
  settled: copied,
  undo: { kind: "none", text: START_OVER, leaves: ["readable partial data in the destination"] },
});

/** Compares every cell. */
export const validate = act("validate", {
  title: "Compare every cell",
  purpose:
    "Every cell is compared both ways, with table sets, metadata bytes, and exactly one version at S. Nothing is handed over with a single difference.",
  button: (targets) => `Compare ${toName(targets)} with ${fromName(targets)}`,
  clients: "stopped",
  reads: [...STILL, ...marksOf(TO), move("move.copy"), move("move.commit")],
  declarations: stillness,
  holds: (world) => [
    clientsStopped(world),
    sourceStill(world),
    ...sequenceStill(world),
    commitStands(world),
    notStartedThere(world),
  ],
  templates: [
    { kind: "move.validate", into: TO, start: "S" },
    { kind: "move.validate", into: TO, start: "S", versions: "newest" },
  ],
  choose: (world) => ({
    kind: "move.validate",
    into: TO,
    start: "S",
    ...(byHand(world) ? { versions: "newest" as const } : {}),
  }),
  readBack: [...marksOf(FROM), move("move.comparison"), move("move.commit"), move("move.tables")],
  settled: compared,
});
