import type { Readings, Role } from "#lib/engine/reading.ts";
import type { Declaration, FreshProbe } from "#lib/engine/step.ts";
import type { StopProof } from "#lib/migrations/schema.ts";

/** One look at everything that would move if a client were running. `at` is the console database's clock. */
export type StopSample = { readonly at: string; readonly readings: Readings };

/** One source of knowledge, as the pages show it. */
export type Source = StopProof["sources"][number];

/** What the stop proof is judged from. `samples` in order of time; the last one is the newest look. */
export type StopEvidence = {
  readonly samples: readonly StopSample[];
  readonly windowSeconds: number;
  readonly now: string;
  readonly participants: readonly Declaration[];
  readonly attested: ReadonlySet<string>;
  readonly store: Role | null;
  /** The sequence of TimeLock that clients are on while they run; null where they are on the bound in their own store. */
  readonly sequence: Role | null;
  /** The timestamps that Lockstep took from it, newest first. */
  readonly probes: readonly FreshProbe[];
  /** The value that this very migration sets the store's bound to: a bound that becomes it has not been moved by a client. */
  readonly ownBound: bigint | null;
  /** True while clients are meant to be stopped: only then does movement mean harm. */
  readonly watching: boolean;
};

/** The subject under which a declaration stands in for something that Lockstep cannot read. */
export function unreadSubject(id: string): string {
  return `unread:${id}`;
}

/** Whether a movement is one that Lockstep itself has made. */
export type Explained = (before: Seen, after: Seen) => boolean;

/** What is compared between two looks: a value, and a counter of the server since a moment. */
export type Seen = {
  readonly mark: string;
  readonly counter?: bigint | null;
  readonly countedSince?: string | null;
};

/** Judges something that is read again and again: `read` gives what to compare, or why it is not known. */
export function series(
  evidence: StopEvidence,
  id: string,
  label: string,
  read: (readings: Readings) => Seen | string,
  explained: Explained = () => false,
): Source {
  const last = evidence.samples.at(-1);
  if (!last)
    return { id, label, level: "unknown", detail: "It has not been read yet.", since: null, readAt: null };
  const latest = read(last.readings);
  if (typeof latest === "string") {
    const declared = evidence.attested.has(unreadSubject(id));
    const detail = declared ? `Read by hand and declared to stand still. ${latest}` : latest;
    return { id, label, level: declared ? "attested" : "unknown", detail, since: null, readAt: last.at };
  }
  const { since, movedAt } = standing(evidence.samples, read, explained);
  const moving = movedAt !== null && seconds(movedAt, evidence.now) < evidence.windowSeconds;
  const value = latest.mark === "none" || latest.mark === "/" ? "nothing is stored" : `at ${latest.mark}`;
  return {
    id,
    label,
    level: moving ? "moving" : "quiet",
    detail: moving
      ? `Moved ${seconds(movedAt, evidence.now)} s ago, now ${value}.`
      : `Standing still ${value} for ${seconds(since, last.at)} s.`,
    since,
    readAt: last.at,
  };
}

/** Since when the value has not moved, and when it was last seen to have moved. Samples that could not be read are passed over. */
function standing(
  samples: readonly StopSample[],
  read: (readings: Readings) => Seen | string,
  explained: Explained,
): { readonly since: string; readonly movedAt: string | null } {
  const seen = samples.flatMap((sample) => {
    const value = read(sample.readings);
    return typeof value === "string" ? [] : [{ at: sample.at, value }];
  });
  let since = seen[0]?.at ?? "";
  let movedAt: string | null = null;
  for (const [index, one] of seen.entries()) {
    const before = seen[index - 1];
    if (!before || !moved(before.value, one.value) || explained(before.value, one.value)) continue;
    since = one.at;
    movedAt = one.at;
  }
  return { since, movedAt };
}

function moved(before: Seen, after: Seen): boolean {
  if (before.mark !== after.mark) return true;
  if (before.countedSince !== after.countedSince) return false;
  return (
    (before.counter ?? null) !== (after.counter ?? null) && before.counter != null && after.counter != null
  );
}

/** Whole seconds between two moments, never negative. */
export function seconds(from: string, to: string): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 1000));
}
