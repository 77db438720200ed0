/** How clock times are shown; UTC unless the person chose otherwise. */
export const ZONES = ["utc", "local"] as const;
export type Zone = (typeof ZONES)[number];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Clocks of two machines are this far apart without anybody noticing; what was just read is not in the future. */
const SKEW = 5 * SECOND;

/** "3 s ago", "in 5 min"; whole units, rounded down, so that an age is never overstated by rounding up a unit. */
export function relativeWords(atMs: number, nowMs: number): string {
  const distance = nowMs - atMs;
  if (distance < SECOND && distance > -SKEW) return "now";
  const amount = durationWords(Math.abs(distance));
  return distance < 0 ? `in ${amount}` : `${amount} ago`;
}

/** "42 s", "5 min", "3 h", "2 d". */
export function durationWords(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** "2026-11-21 14:02:33 UTC", or the same in the browser's zone with its name. */
export function absoluteWords(atMs: number, zone: Zone): string {
  if (Number.isNaN(atMs)) return "unknown time";
  if (zone === "utc") return `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const parts = new Intl.DateTimeFormat("sv-SE", {
    dateStyle: "short",
    timeStyle: "medium",
  }).format(atMs);
  return `${parts} ${localZoneName(atMs)}`;
}

/** "14:02:33": the time of day alone, for lists that share a date. */
export function timeOfDayWords(atMs: number, zone: Zone): string {
  return absoluteWords(atMs, zone).slice(11, 19);
}

function localZoneName(atMs: number): string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(atMs);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "local";
}

/** A live value is stale once it is older than twice the interval at which it should have been read again. */
export function isStale(readAtMs: number, nowMs: number, intervalMs: number): boolean {
  return nowMs - readAtMs > 2 * intervalMs;
}
