import { z } from "zod";

import { blocking, pass, type Finding } from "#lib/engine/finding.ts";
import type { Role } from "#lib/engine/reading.ts";
import { storeAt, type Declaration, type World } from "#lib/engine/step.ts";

/*
 * What of both stores could be put back. Source: runbooks section 5, step 2
 */

const FROM = "source";
const TO = "destination";

/** A backup of each store: where it is, when it was taken, and that restoring it was tried. */
export function backups({ targets }: World): readonly Declaration[] {
  return ([FROM, TO] as const).map((at) => ({
    subject: `backup:${at}`,
    label: `There is a backup of ${storeAt(targets, at).label}, and restoring it was tried.`,
    hint:
      at === TO
        ? "Note where it is, and when it was taken, as 2026-12-31. The setup drops tables there; without a backup nothing brings them back."
        : "Note where it is, and when it was taken, as 2026-12-31. Lockstep only reads this store.",
  }));
}

const DAY_MS = 24 * 3_600_000;
/** Today elsewhere is tomorrow here. */
const AHEAD = -1;

/**
 * How old the backups are, by the dates in the declarations. One without a date, or with one that no backup can have, counts as none: nobody
 * could say what it would bring back.
 */
export function backupAge(world: World): readonly Finding[] {
  return ([FROM, TO] as const).map((at) => ageOf(world, at));
}

/** The same of the declarations that were made, while the others are still asked for. */
export function backupsDated(world: World): readonly Finding[] {
  return ([FROM, TO] as const).flatMap((at) =>
    world.facts.attested.has(`backup:${at}`) ? [ageOf(world, at)] : [],
  );
}

function ageOf({ facts, targets }: World, at: Role): Finding {
  const { label } = storeAt(targets, at);
  const made = facts.attested.get(`backup:${at}`);
  const id = `backup-${at}`;
  if (made === undefined) {
    return blocking(id, `Nobody has declared a backup of ${label}.`, {
      remedy: "Declare it in the step for backups.",
    });
  }
  const date = dateIn(made.note, facts.now);
  const remedy =
    "Withdraw the declaration, and make it with the date, as 2026-12-31, in the step for backups.";
  if (date === null)
    return blocking(id, `The declaration about the backup of ${label} does not say when it was taken.`, {
      remedy,
    });
  const days = daysSince(date, facts.now);
  if (days < AHEAD)
    return blocking(id, `The backup of ${label} is said to be of ${date}, which has not come yet.`, {
      remedy,
    });
  const age = days <= 0 ? "today" : days === 1 ? "a day ago" : `${days} days ago`;
  return pass(
    id,
    `The backup of ${label} was taken on ${date}, ${age}, as ${made.by} declared: ${made.note}`,
  );
}

/** Negative for a date that lies ahead. */
function daysSince(date: string, now: string): number {
  return Math.floor((Date.parse(now) - Date.parse(date)) / DAY_MS);
}

/** The newest date in a note that has come, else the first that has not; null where it names none that the calendar has. */
function dateIn(note: string, now: string): string | null {
  const dates = [...note.matchAll(/\b\d{4}-\d{2}-\d{2}\b/g)]
    .map(([date]) => date)
    .filter((date) => z.iso.date().safeParse(date).success)
    .toSorted();
  return dates.findLast((date) => daysSince(date, now) >= AHEAD) ?? dates[0] ?? null;
}
