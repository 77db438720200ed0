import type { Span } from "#components/approvals/policy-values.ts";
import { SPAN_UNITS } from "#components/approvals/policy-values.ts";
import { minuteOfDay, utcMoment } from "#components/freeze/freeze-words.ts";

/** The form of a maintenance window; both ways to repeat are kept, so that changing one's mind costs nothing. */
export interface WindowValues {
  kind: "open" | "closed";
  repeats: "weekly" | "once";
  days: readonly number[];
  start: string;
  length: Span;
  from: string;
  to: string;
  note: string;
}

export const WINDOW_START: WindowValues = {
  kind: "open",
  repeats: "weekly",
  days: [],
  start: "22:00",
  length: { count: "4", unit: "hours" },
  from: "",
  to: "",
  note: "",
};

/** What the action takes; what cannot be read becomes null, which the server refuses beside its field. */
export function windowInput(values: WindowValues) {
  const { kind, note, repeats, days, start, length, from, to } = values;
  const times =
    repeats === "weekly"
      ? {
          repeats,
          days: days.toSorted((a, b) => a - b),
          startMinute: minuteOfDay(start),
          durationMinutes: /^\d{1,6}$/.test(length.count.trim())
            ? Number(length.count) * SPAN_UNITS[length.unit]
            : null,
        }
      : { repeats, from: utcMoment(from), to: utcMoment(to) };
  return { kind, times, note };
}
