import { attestable, blocking, pass, unknown, type Finding } from "#lib/engine/finding.ts";
import { ATOMIC_TABLES, HIDDEN_TABLES } from "#lib/atlasdb/tables.ts";
import type { JobState, TablesState } from "#lib/engine/move-reading.ts";

import { find, type Readings, type Values } from "#lib/engine/reading.ts";
import { readAt, storeAt, type Abandon, type Verdict, type World } from "#lib/engine/step.ts";
import { witnesses } from "#lib/runbooks/findings/bound.ts";
import { nobodyStartedThere } from "#lib/runbooks/findings/earlier-copies.ts";
import { fixX, heldAt, isOnTimelock } from "#lib/runbooks/findings/moving.ts";
import { describeBoundState, largestHeld } from "#lib/stores/bound-state.ts";

/*
 * What was done to the destination, and that the source has stood still since. Source: runbooks section 5
 */

const FROM = "source";
const TO = "destination";

const doubt = (because: string): Verdict => ({ outcome: "uncertain", because, findings: [] });
const not = (because: string): Verdict => ({ outcome: "not-applied", because, findings: [] });
const done = (because: string): Verdict => ({ outcome: "done", because, findings: [] });

/** The tables are there with identical metadata, those that are gone are gone, and nothing is in the new ones yet. */
export function setUpDone({ readings }: World): Verdict {
  const found = find(readings, "move.tables", TO);
  if (!found.known) return doubt(found.because);
  // The mark by which a client is told that starts between now and the taking of S and C.
  const unmarked = [`store.punch@${TO}`, `store.transactions@${TO}`].find((key) => !readings.get(key)?.value);
  if (unmarked !== undefined)
    return doubt(
      readings.get(unmarked)?.because ?? "What the destination shows after its setup is not known.",
    );
  const pasted = find(readings, "move.by-hand", TO);
  const { filled } = found.value.tables;
  const [first] = pasted.known ? beyondOwn(found.value.tables) : found.value.tables.differences;
  if (first !== undefined)
    return not(`The tables are not as planned, the first: ${first.name} ${first.problem}.`);
  if (pasted.known)
    return pasted.value.validation === "complete"
      ? done(
          "AtlasDB's own migrator says “Validation complete.”. Every cell is compared again before the hand-over.",
        )
      : not("AtlasDB's own migrator found differences. Find the cause, and run it again from its setup on.");
  return filled.length > 0
    ? not(`Tables that should be new hold cells: ${filled.join(", ")}.`)
    : done("All tables are there with the source's metadata, and empty.");
}

/** AtlasDB's own migrator has moved the data, in place of the setup and the copy. */
export function byHand(world: World): boolean {
  return readAt(world, "set-up", `move.by-hand@${TO}`)?.value != null;
}

/** What AtlasDB's command line creates on both sides whenever it starts. Source: atlasdb-facts G.2 */
const OWN_TABLES: readonly string[] = [
  ...HIDDEN_TABLES,
  ...ATOMIC_TABLES,
  "sweep.priority",
  "compact.metadata",
];

/** The differences that its tables do not explain. */
function beyondOwn({ differences }: TablesState): TablesState["differences"] {
  return differences.filter(({ name }) => !OWN_TABLES.includes(name));
}

/** AtlasDB's own migrator takes timestamps of the source, too: X is taken again after it. Source: atlasdb-observed (its migrator) */
export function fixXByHand(world: World): Values {
  return find(world.readings, "move.by-hand", TO).known ? fixX(world) : {};
}

/**
 * S and C were given to this very attempt, both above X, and a second look shows that nothing later is below them. What a run took and did not
 * record belongs to nobody: others are taken then.
 */
export function raised({ values, readings, targets }: World): Verdict {
  const { X: x } = values;
  if (x === undefined) return doubt("X is not known.");
  const taken = find(readings, "move.start", TO);
  if (!taken.known) return not("S and C were not recorded by the run that took them. Take others.");
  const { start, commit } = taken.value;
  if (start <= x || commit <= start) return not(`S ${start} and C ${commit} do not lie above X ${x}.`);
  const words = `S is ${start} and C is ${commit}, above X ${x}.`;
  if (!isOnTimelock(targets, TO)) return boundIs(readings, commit, words);
  const learned = find(readings, "timelock.learned", TO);
  const bound = learned.known ? learned.value.bound : null;
  return bound !== null && bound < commit
    ? doubt(`TimeLock gave C ${commit}, but its nodes have stored only ${bound}.`)
    : done(words);
}

function boundIs(readings: Readings, c: bigint, words: string): Verdict {
  const found = find(readings, "store.read-back", TO);
  if (!found.known) return doubt(found.because);
  const { views } = found.value;
  const seen = views.map((view) => `${view.view}: ${describeBoundState(view.state)}`).join("; ");
  const holds = views.filter(({ state }) => state.state === "readable" && state.bound === c);
  if (holds.length === views.length) return done(`${words} A second look says: ${seen}.`);
  return holds.length > 0
    ? doubt(`Not all servers agree: ${seen}.`)
    : not(`The bound is not C ${c}: ${seen}.`);
}

/** S and C as the destination's sequence gave them. */
export function fixPair({ readings }: World): Values {
  const taken = find(readings, "move.start", TO);
  return taken.known ? { S: taken.value.start, C: taken.value.commit } : {};
}

/** The destination records C for S. */
export function committed({ readings, values }: World): Verdict {
  const found = find(readings, "move.commit", TO);
  if (!found.known) return doubt(found.because);
  const { commit } = found.value.commit;
  if (commit === null) return not("The destination records nothing for S.");
  return commit === values.C
    ? done(`The destination records ${commit} for S ${values.S ?? ""}, as its clients read it.`)
    : not(`The destination records ${commit} for S, not C ${values.C ?? ""}. Start over.`);
}

/** (S, C) is still there. */
export function commitStands(world: World): Finding {
  const { outcome, because } = committed(world);
  const rests = { readings: [`move.commit@${TO}`] };
  if (outcome === "done") return pass("commit", because, rests);
  return (outcome === "uncertain" ? unknown : blocking)("commit", because, {
    ...rests,
    remedy: "Start over: plan this migration again.",
  });
}

/** Every version that was read ended in exactly one way. Source: throughput section 5 (counts by reason) */
function isBalanced(counts: JobState["counts"]): boolean {
  const ends = ["cells", "older", "inProgress", "aborted", "later", "deleted", "sentinels"] as const;
  return counts.versions === ends.reduce((sum, name) => sum + counts[name], 0);
}

/** The copy is done when every shard is, and every version that was read is accounted for. */
export function copied(world: World): Verdict {
  const still = sourceStill(world);
  if (byHand(world))
    return still.level === "blocking"
      ? { ...not(still.title), findings: [still] }
      : { ...done("AtlasDB's own migrator copied the cells."), findings: [still] };
  const found = find(world.readings, "move.copy", TO);
  if (!found.known) return doubt(found.because);
  const { job } = found.value;
  if (job.state !== "complete") return jobVerdict(job.state, job.failures);
  if (still.level === "blocking") return { ...not(still.title), findings: [still] };
  const { versions, cells } = job.counts;
  return isBalanced(job.counts)
    ? { ...done(`${cells} cells were written of ${versions} versions read.`), findings: [still] }
    : not(`${versions} versions were read, but not all of them are accounted for. Start over.`);
}

/** The comparison is done when every shard is, and nothing differs. */
export function compared(world: World): Verdict {
  const found = find(world.readings, "move.comparison", TO);
  if (!found.known) return doubt(found.because);
  const { job } = found.value;
  if (job.state !== "complete") return jobVerdict(job.state, job.failures);
  const findings = [sourceStill(world), commitStands(world), tablesStand(world)];
  const { differences, cells } = job.counts;
  if (differences > 0)
    return {
      ...not(`${differences} differences were found. Mend the cause and compare again, or start over.`),
      findings,
    };
  const bad = findings.find(({ level }) => level !== "pass");
  return bad === undefined
    ? { ...done(`${cells} cells are equal, both ways.`), findings }
    : { ...not(bad.title), findings };
}

function jobVerdict(state: JobState["state"], failures: readonly string[]): Verdict {
  const running = (because: string): Verdict => ({ outcome: "running", because, findings: [] });
  switch (state) {
    case "absent":
      return not("The job was never started.");
    case "cancelled":
      return not("The job was cancelled.");
    case "paused":
      return running("The job is paused.");
    case "failed":
      return running(
        `The job stands still until somebody has it try again: ${failures.slice(0, 3).join("; ")}`,
      );
    case "running":
    case "complete":
      return running("The job is under way.");
  }
}

/** The tables and their metadata are still as planned. */
function tablesStand(world: World): Finding {
  const found = find(world.readings, "move.tables", TO);
  const rests = { readings: [`move.tables@${TO}`] };
  const remedy = "Find out what changes the destination. Then start over.";
  if (!found.known)
    return unknown("tables", "The destination's tables could not be read.", { ...rests, remedy });
  const [first] = byHand(world) ? beyondOwn(found.value.tables) : found.value.tables.differences;
  return first === undefined
    ? pass("tables", "Table sets and metadata are equal.", rests)
    : blocking("tables", `The tables are not as planned: ${first.name} ${first.problem}.`, {
        ...rests,
        remedy,
      });
}

/** A copy that was cancelled, or cannot be accounted for, is not begun again on the same S. */
export function copyMayStart({ readings }: World): Finding {
  const found = find(readings, "move.copy", TO);
  const rests = { readings: [`move.copy@${TO}`] };
  const remedy = "Start over: plan this migration again, with a new plan, S and C.";
  if (!found.known)
    return unknown("copy-ledger", "The copy's ledger could not be read.", { ...rests, remedy });
  const { job } = found.value;
  if (job.state === "cancelled")
    return blocking("copy-ledger", "The copy was cancelled, which is final.", { ...rests, remedy });
  return job.state === "complete" && !isBalanced(job.counts)
    ? blocking("copy-ledger", "The copy cannot be accounted for.", { ...rests, remedy })
    : pass("copy-ledger", "The copy can be worked on.", rests);
}

/** What of the source must be as it was when its clients were stopped. Any movement makes the copy void. */
export function sourceStill(world: World): Finding {
  const keys = [`store.bound@${FROM}`, `store.punch@${FROM}`, `store.transactions@${FROM}`];
  // AtlasDB's own migrator works on the source, too: it stands still from its end on.
  const since = byHand(world) ? "set-up" : "stop";
  const { label } = storeAt(world.targets, FROM);
  const rests = { readings: keys };
  const missing = keys.find((key) => !world.readings.get(key)?.value || !readAt(world, since, key)?.value);
  if (missing !== undefined) {
    return unknown("source-still", `Whether ${label} has stood still is not known.`, {
      ...rests,
      detail: world.readings.get(missing)?.because ?? null,
      remedy: "Mend the connection to the source and read again.",
    });
  }
  const before = world.facts.finished.get(since)?.readings ?? new Map();
  const moved = marks(before).find((mark, index) => mark !== marks(world.readings)[index]);
  return moved === undefined
    ? pass("source-still", `${label} is as it was when its clients were stopped.`, rests)
    : blocking("source-still", `${label} has moved since its clients were stopped.`, {
        ...rests,
        detail: "Somebody wrote there. What was written is not in the copy, so the copy is void.",
        remedy: "Find the client and stop it. Then start over: plan this migration again.",
      });
}

function marks(readings: Readings): readonly string[] {
  const bound = find(readings, "store.bound", FROM);
  const { punch, transaction } = witnesses(readings, FROM);
  const held = bound.known ? largestHeld(bound.value.bound.state) : null;
  return [held, punch, transaction].map(String);
}

/** No client has started on the destination: nothing there lies above C. */
export function notStartedThere(world: World): Finding {
  const { C: c = 0n } = world.values;
  const { label } = storeAt(world.targets, TO);
  const { largest } = witnesses(world.readings, TO);
  const held = isOnTimelock(world.targets, TO) ? null : heldAt(world.readings, TO);
  const rests = { readings: [`store.bound@${TO}`, `store.punch@${TO}`, `store.transactions@${TO}`] };
  const unread = rests.readings.find((key) => !world.readings.get(key)?.value);
  if (unread !== undefined) {
    return unknown("not-started", `Whether a client has started on ${label} is not known.`, {
      ...rests,
      remedy: "Mend the connection to the destination and read again.",
    });
  }
  return [largest, held].some((one) => one !== null && one > c)
    ? blocking("not-started", `A client has started on ${label} already.`, {
        ...rests,
        detail: "It has written over what was copied, or has seen a part of it.",
        remedy:
          "Stop it. This migration cannot be finished, and not be started over: contact the AtlasDB team.",
      })
    : pass("not-started", `Nothing in ${label} lies above C.`, rests);
}

/** Nothing that clients have written is dropped by beginning again, and the source is as it was. */
export function mayStartOver(world: World): readonly Finding[] {
  const { facts, targets } = world;
  const invalid = facts.finished.has("invalidate-source") && !isOnTimelock(targets, FROM);
  return [
    ...nobodyStartedThere(world, "tables"),
    ...(invalid
      ? [
          blocking("source-invalid", `The bound in ${storeAt(targets, FROM).label} is invalid.`, {
            detail: "A copy is begun from a source that its service could start on.",
            remedy: "Undo the invalidation first.",
          }),
        ]
      : []),
  ];
}

/** The bound in the source was the service's own: one that was invalid because of TimeLock is never made readable again. */
export function wasEmbedded({ targets }: World): Finding {
  return isOnTimelock(targets, FROM)
    ? blocking("was-embedded", `The service was on TimeLock in ${storeAt(targets, FROM).label}.`, {
        detail: "Its bound there was invalid before this migration, and must stay so.",
        remedy: "Leave it as it is: clients may start on the source with their old files.",
      })
    : pass("was-embedded", "The service kept its own bound in the source.");
}

/** What clients take now lies above C. */
export function issuesAboveC(world: World): Finding {
  const { C: c } = world.values;
  if (isOnTimelock(world.targets, TO)) {
    const issued = find(world.readings, "timelock.fresh", TO);
    const rests = { readings: [`timelock.fresh@${TO}`] };
    if (!issued.known || c === undefined) {
      const base = unknown("above-c", "What TimeLock issues now is not known.", {
        ...rests,
        detail: issued.known ? null : issued.because,
        remedy: "Read again.",
      });
      return { ...base, deferred: !issued.known && issued.deferred };
    }
    return issued.value.first > c
      ? pass("above-c", `TimeLock issued ${issued.value.first}, above C ${c}.`, rests)
      : tooLow(`TimeLock issued ${issued.value.first}, not above C ${c}.`, rests);
  }
  const held = heldAt(world.readings, TO);
  const rests = { readings: [`store.bound@${TO}`] };
  if (held === null || c === undefined)
    return unknown("above-c", "The destination's bound is not known.", { ...rests, remedy: "Read again." });
  if (held < c) return tooLow(`The destination's bound is ${held}, below C ${c}.`, rests);
  return held > c
    ? pass("above-c", `The destination's bound is ${held}, above C ${c}.`, rests)
    : blocking("above-c", "No client has taken a timestamp yet: the destination's bound is still C.", {
        ...rests,
        remedy:
          "Start the clients with the new configuration, or look why they do not start; then try again.",
      });
}

function tooLow(title: string, rests: { readonly readings: readonly string[] }): Finding {
  return blocking("above-c", title, {
    ...rests,
    detail: "What clients write would be hidden below what was copied.",
    remedy: "Stop all clients at once, raise the sequence above C, and contact the AtlasDB team.",
  });
}

/** A client has committed something in the destination above C. The punch table starts empty there. Source: atlasdb-facts H39 */
export function commitsThere(world: World): Finding {
  const { C: c } = world.values;
  const { largest } = witnesses(world.readings, TO);
  const rests = { readings: [`store.punch@${TO}`, `store.transactions@${TO}`] };
  if (c !== undefined && largest !== null && largest > c)
    return pass("commits", `A client has committed at ${largest}, above C ${c}.`, rests);
  return attestable(
    unknown("commits", "No commit above C is seen in the destination yet.", {
      ...rests,
      detail: "The table of punched timestamps starts empty there, and fills about once a minute.",
      remedy: "Wait about a minute after the first commit and try again.",
    }),
    "The service only reads, so it commits nothing.",
    "Its log shows that it started on the destination.",
  );
}

/** What giving the migration up leaves behind; impossible once clients run on the destination. */
export function abandonMove({ targets, facts }: World): Abandon {
  const ended = facts.finished;
  const to = storeAt(targets, TO).label;
  const from = storeAt(targets, FROM).label;
  if (ended.has("start")) {
    return {
      possible: false,
      because: `Clients run on ${to}. Finish the watch; back leads another move, with what was written since.`,
      leavesBehind: [],
    };
  }
  const leaves: string[] = [];
  if (ended.has("stop")) leaves.push("The clients are stopped; nobody starts them for you.");
  if (ended.has("set-up"))
    leaves.push(
      `${to} holds readable partial data: never start a client on it. Only its backup brings back what was dropped there.`,
    );
  if (ended.has("invalidate-source"))
    leaves.push(`The bound in ${from} is invalid: undo its invalidation first if clients shall start there.`);
  if (ended.has("configure"))
    leaves.push("The nodes have files with the destination: put the old ones back.");
  leaves.push(`${from} is intact. Starting a client there makes every copy of it void.`);
  return { possible: true, because: null, leavesBehind: leaves };
}
