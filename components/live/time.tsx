"use client";

import { useNow, useZone } from "#components/live/clock.tsx";
import { absoluteWords, relativeWords, timeOfDayWords } from "#components/live/wording.ts";

interface TimeProps {
  /** ISO 8601. */
  at: string;
  /** Relative with the absolute on hover, the other way round, or the time of day alone. */
  mode?: "relative" | "absolute" | "time-of-day";
  className?: string;
}

/** A clock time. What is not shown is on hover. */
export function Time({ at, mode = "relative", className }: TimeProps) {
  const now = useNow();
  const [zone] = useZone();
  const ms = Date.parse(at);
  const relative = relativeWords(ms, now);
  const absolute = absoluteWords(ms, zone);
  const shown = { relative, absolute, "time-of-day": timeOfDayWords(ms, zone) }[mode];
  return (
    <time
      dateTime={at}
      title={mode === "relative" ? absolute : `${absolute}, ${relative}`}
      className={className}
    >
      {shown}
    </time>
  );
}
