/** What a freeze or a closed window stops, and what it never stops: said wherever either is switched or in force. */
export const BLOCKS = "Opening a migration, and any unit that was neither begun nor approved.";
export const NEVER_BLOCKS =
  "Reading, settling an unclear outcome, undo, raising a bound, and a unit that was begun or approved.";

export const WEEKDAY_WORDS: Readonly<Record<number, string>> = {
  1: "Monday",
  2: "Tuesday",
  3: "Wednesday",
  4: "Thursday",
  5: "Friday",
  6: "Saturday",
  7: "Sunday",
};

const HOUR_MINUTES = 60;

/** "22:30" as minutes of the day; null: it is no time of day. */
export function minuteOfDay(text: string): number | null {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return parts === null ? null : Number(parts[1]) * HOUR_MINUTES + Number(parts[2]);
}

/** What a field for date and time holds ("2026-11-24T22:30"), meant as UTC; null: it is no moment. */
export function utcMoment(text: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return null;
  const ms = Date.parse(`${text}Z`);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
