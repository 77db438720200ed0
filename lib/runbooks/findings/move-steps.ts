import { blocking, pass, warning, type Finding } from "#lib/engine/finding.ts";
import type { MoveReading } from "#lib/engine/move-reading.ts";
import {
  find,
  type ReadingRequest,
  type Role,
  type SequenceReading,
  type StoreReading,
} from "#lib/engine/reading.ts";
import { storeAt, type Declaration, type Targets, type World } from "#lib/engine/step.ts";
import { raiseNamespace } from "#lib/runbooks/findings/entry.ts";
import { compared, copied, issuesAboveC, sourceStill } from "#lib/runbooks/findings/moved.ts";
import { isOnTimelock } from "#lib/runbooks/findings/moving.ts";
import { clusterHealth, namespaceUsers } from "#lib/runbooks/findings/sequence.ts";
import { stillDeclarations } from "#lib/runbooks/findings/stop-proof.ts";
import { stillOnTimelock } from "#lib/runbooks/findings/stop-proof-sequence.ts";

/*
 * What the steps of a move read, and the words that they share.
 */

/** The store that is left, and the one that is moved to. */
export const FROM = "source";
export const TO = "destination";

/** A reading of one of the stores. */
export const store = (at: Role, kind: StoreReading): ReadingRequest => ({ kind, store: at });
/** A reading of one of the sequences; nothing where the migration has none there. */
export const at = (role: Role, kind: SequenceReading): ReadingRequest => ({ kind, sequence: role });
/** A reading of both stores together. */
export const move = (kind: MoveReading): ReadingRequest => ({ kind, into: TO });
/** What the source's sequence issues; clients are on it, or were. */
export const FROM_FRESH: ReadingRequest = { kind: "timelock.fresh", sequence: FROM, above: null };
/** What the destination's sequence issues after C. */
export const LATER: ReadingRequest = { kind: "timelock.fresh", sequence: TO, above: "C" };

/** What moves in a store when a client of it runs. */
export const marksOf = (role: Role): readonly ReadingRequest[] =>
  (["bound", "punch", "transactions"] as const).map((kind) => store(role, `store.${kind}`));

/** What is looked at again and again while clients are meant to be stopped. */
export const STILL = [...marksOf(FROM), store(FROM, "store.sessions"), at(FROM, "timelock.learned")];
/** The same of the destination. */
export const THERE = [...marksOf(TO), store(TO, "store.sessions")];

/** The source, for people. */
export const fromName = (targets: Targets): string => storeAt(targets, FROM).label;
/** The destination, for people. */
export const toName = (targets: Targets): string => storeAt(targets, TO).label;
/** What people declare while clients are stopped. */
export const stillness = (world: World): readonly Declaration[] => [
  ...stillDeclarations(world.readings, FROM),
  ...stillOnTimelock(world.readings, FROM),
];

/** The TimeLock that the destination is used with is in order; nothing where it keeps its own bound. */
export function timelockThere({ readings, targets, facts }: World): readonly Finding[] {
  const to = targets.sequences.find(({ role }) => role === TO);
  if (to === undefined) return [];
  return [...clusterHealth(readings, TO, facts.now), namespaceUsers(readings, TO, to.namespace)];
}

/** How a copy is begun anew. */
export const START_OVER =
  "Start over: plan this migration again. That is a new plan with a new approval, new S and C and an empty ledger.";

/** The copy and the comparison are complete, and nothing differs. */
export function proven(world: World): readonly Finding[] {
  return [["copied", copied(world)] as const, ["compared", compared(world)] as const].map(
    ([id, { outcome, because }]) => ({
      id,
      level: outcome === "done" ? "pass" : "blocking",
      title: because,
      detail: null,
      remedy: outcome === "done" ? null : START_OVER,
      readings: ["move.copy@destination", "move.comparison@destination"],
      attest: null,
      deferred: false,
    }),
  );
}

/** What the watch finds wrong. */
export function watchFindings(world: World): readonly Finding[] {
  return [sourceStill(world), issuesAboveC(world), ...sourceSessions(world)];
}

/** Who is connected to the store that was left: a pooler is harmless, a client of the service is not. */
function sourceSessions({ readings, targets }: World): readonly Finding[] {
  const found = find(readings, "store.sessions", FROM);
  const { label } = storeAt(targets, FROM);
  const rests = { readings: [`store.sessions@${FROM}`] };
  const sessions = found.known ? found.value.sessions : null;
  if (sessions === null || sessions.knowledge === "unknown")
    return [
      warning("source-sessions", `Who is connected to ${label} is not known.`, {
        ...rests,
        detail: sessions === null ? (found.known ? null : found.because) : sessions.reason,
      }),
    ];
  if (sessions.sessions.length === 0)
    return [pass("source-sessions", `Nobody else is connected to ${label}.`, rests)];
  const who = sessions.sessions.map(({ user, address, application }) =>
    [user, address, application].map((one) => one ?? "?").join(" "),
  );
  return [
    warning("source-sessions", `${sessions.sessions.length} foreign sessions are connected to ${label}.`, {
      ...rests,
      detail: `${who.join("; ")}. A node with its old files would be one of them.`,
    }),
  ];
}

const KEPT_UNTIL = "kept-until";

/** Until when the source is kept. */
export function keptUntil({ targets }: World): readonly Declaration[] {
  return [
    {
      subject: KEPT_UNTIL,
      label: `${fromName(targets)} and its backup are kept until the date that is noted here.`,
      hint: "Note the date as 2026-12-31. Nobody drops the source before it.",
    },
  ];
}

/** A date was named, and not only some day. */
export function dateNamed({ facts }: World): readonly Finding[] {
  const made = facts.attested.get(KEPT_UNTIL);
  if (made === undefined) return [];
  const date = /\b\d{4}-\d{2}-\d{2}\b/.exec(made.note)?.[0] ?? null;
  if (date !== null) return [pass(KEPT_UNTIL, `The source is kept until ${date}.`)];
  return [
    blocking(KEPT_UNTIL, "The declaration names no date until which the source is kept.", {
      remedy: "Withdraw it, and declare it with the date, as 2026-12-31.",
    }),
  ];
}

/** What makes the destination's sequence safe again. */
export function raiseThere(targets: Targets): string {
  return isOnTimelock(targets, TO)
    ? raiseNamespace(targets, TO)
    : `Raise the bound in ${toName(targets)} above the largest value that any reading shows before anything starts again: contact the AtlasDB team.`;
}

/** What the watch looks at. */
export const WATCHED = [
  ...marksOf(FROM),
  store(FROM, "store.sessions"),
  at(FROM, "timelock.learned"),
  ...marksOf(TO),
  at(TO, "timelock.learned"),
  LATER,
];

/** What X, S and C must satisfy. */
export const MOVE_PREDICATES = {
  X: "X is at or above everything that the source's sequence can have issued when clients are stopped, and everything that either store shows",
  S: "X < S < C; S was given by the destination's sequence after it was raised above X",
  C: "S < C < everything that the destination's sequence gives later",
} as const;
