import type { StartsStatus, WindowTimes } from "#lib/freeze/schema.ts";

/** A freeze that stands. */
export type Frozen = { readonly reason: string; readonly by: string };

/** One maintenance window as stored. */
export type Window = { readonly kind: "open" | "closed"; readonly times: WindowTimes };

type Interval = { readonly from: number; readonly to: number };

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
/** Weekly windows last a week at most and come again after one: so many days around a moment hold all that matter to it. */
const DAYS_AROUND = 9;

/**
 * Whether new work may start at a moment, and why not. A freeze closes everything; a closed window beats an open one; where there are open
 * windows at all, work starts only inside one. `until`: the next moment at which the answer changes by itself.
 */
export function judgeStarts(frozen: Frozen | null, windows: readonly Window[], now: Date): StartsStatus {
  if (frozen !== null) {
    return { open: false, because: `${frozen.by} froze this environment: ${frozen.reason}`, until: null };
  }
  const because = closedBecause(windows, now.getTime());
  const change = edgesAfter(windows, now.getTime()).find(
    (edge) => (closedBecause(windows, edge) === null) !== (because === null),
  );
  return {
    open: because === null,
    because,
    until: change === undefined ? null : new Date(change).toISOString(),
  };
}

/** The moments at which the answer can change: the edges of single windows, and the weekly edges that follow now and each of those. */
function edgesAfter(windows: readonly Window[], now: number): readonly number[] {
  const single = windows
    .flatMap(({ times }) => (times.repeats === "once" ? intervalsOf(times, now) : []))
    .flatMap(({ from, to }) => [from, to]);
  const weekly = [now, ...single].flatMap((base) =>
    windows
      .flatMap(({ times }) => (times.repeats === "weekly" ? intervalsOf(times, base) : []))
      .flatMap(({ from, to }) => [from, to]),
  );
  return [...single, ...weekly].filter((edge) => edge > now).toSorted((a, b) => a - b);
}

/** Whether a window covers a moment; its start belongs to it, its end does not. */
export function isActive(times: WindowTimes, now: Date): boolean {
  return covers(intervalsOf(times, now.getTime()), now.getTime());
}

function closedBecause(windows: readonly Window[], at: number): string | null {
  const active = (one: Window) => covers(intervalsOf(one.times, at), at);
  if (windows.some((one) => one.kind === "closed" && active(one))) {
    return "A closed maintenance window is on: nothing new starts now.";
  }
  const open = windows.filter(({ kind }) => kind === "open");
  if (open.length === 0 || open.some(active)) return null;
  return "No maintenance window is open now: nothing new starts outside one.";
}

function covers(intervals: readonly Interval[], at: number): boolean {
  return intervals.some(({ from, to }) => from <= at && at < to);
}

function intervalsOf(times: WindowTimes, around: number): readonly Interval[] {
  if (times.repeats === "once") return [{ from: Date.parse(times.from), to: Date.parse(times.to) }];
  const midnight = around - (around % DAY_MS);
  const intervals: Interval[] = [];
  for (let day = -DAYS_AROUND; day <= DAYS_AROUND; day += 1) {
    const start = midnight + day * DAY_MS;
    if (!times.days.includes(isoDay(start))) continue;
    const from = start + times.startMinute * MINUTE_MS;
    intervals.push({ from, to: from + times.durationMinutes * MINUTE_MS });
  }
  return intervals;
}

/** ISO's number of the UTC day: 1 is Monday. */
function isoDay(at: number): number {
  const day = new Date(at).getUTCDay();
  return day === 0 ? 7 : day;
}

const DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** When a window is, in words, UTC. */
export function windowWords(times: WindowTimes): string {
  if (times.repeats === "once") return `${short(times.from)} to ${short(times.to)} UTC`;
  const days = times.days.toSorted((a, b) => a - b).map((day) => DAY_NAMES[day - 1] ?? "?");
  const hours = Math.floor(times.durationMinutes / 60);
  const minutes = times.durationMinutes % 60;
  const length = [hours === 0 ? "" : `${hours} h`, minutes === 0 ? "" : `${minutes} min`];
  const when = days.length === DAY_NAMES.length ? "Every day" : days.join(", ");
  return `${when} from ${clock(times.startMinute)} UTC for ${length.filter((part) => part !== "").join(" ")}`;
}

function clock(minute: number): string {
  const two = (value: number) => value.toString().padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function short(moment: string): string {
  return `${moment.slice(0, 10)} ${moment.slice(11, 16)}`;
}
