import { CircleStop, Gauge, Layers, OctagonX, Pause, Play, RotateCcw, type LucideIcon } from "lucide-react";

import type { ChartMark } from "#components/copy/chart-shape.ts";
import { Time } from "#components/live/time.tsx";
import { cn } from "#components/ui/cn.ts";

type Shown = Exclude<ChartMark["kind"], "began" | "ended">;

const LOOKS: Record<
  Shown,
  { readonly icon: LucideIcon; readonly word: string; readonly text: string; readonly line: string }
> = {
  paused: { icon: Pause, word: "Paused", text: "text-warning", line: "bg-warning-line" },
  resumed: { icon: Play, word: "Resumed", text: "text-running", line: "bg-running-line" },
  throttled: { icon: Gauge, word: "Limit changed", text: "text-ink-muted", line: "bg-line-strong" },
  lanes: { icon: Layers, word: "Lanes changed", text: "text-ink-muted", line: "bg-line-strong" },
  retried: { icon: RotateCcw, word: "Tried again", text: "text-running", line: "bg-running-line" },
  cancelled: { icon: CircleStop, word: "Cancelled", text: "text-warning", line: "bg-warning-line" },
  error: { icon: OctagonX, word: "Error", text: "text-blocked", line: "bg-blocked-line" },
};

function lookOf(kind: ChartMark["kind"]) {
  return kind === "began" || kind === "ended" ? null : LOOKS[kind];
}

/** Lines across the chart where something happened; what it was is listed below. */
export function ChartMarks({ marks }: { marks: readonly ChartMark[] }) {
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0">
      {marks.map((mark, index) => {
        const look = lookOf(mark.kind);
        if (look === null) return null;
        const Icon = look.icon;
        return (
          <div key={`${index} ${mark.at}`} className="absolute inset-y-0" style={{ left: `${mark.x}%` }}>
            <div className={cn("absolute inset-y-0 w-px", look.line)} />
            <span
              className={cn(
                "absolute -top-1 grid size-4 -translate-x-1/2 place-items-center rounded-full bg-surface",
                look.text,
              )}
            >
              <Icon className="size-3" />
            </span>
          </div>
        );
      })}
    </div>
  );
}

/* The newest that fit without pushing the page apart; all are in the audit log. */
const LISTED_MAX = 6;

/** What happened, the newest first. */
export function MarkKey({ marks }: { marks: readonly ChartMark[] }) {
  const newest = marks.slice(-LISTED_MAX).toReversed();
  return (
    <ul aria-label="What happened during the run" className="flex flex-col gap-1 text-sm text-ink-muted">
      {newest.map((mark, index) => {
        const look = lookOf(mark.kind);
        if (look === null) return null;
        const Icon = look.icon;
        return (
          <li key={`${index} ${mark.at}`} className="flex items-start gap-2">
            <Icon aria-hidden className={cn("mt-0.5 size-3.5 shrink-0", look.text)} />
            <Time at={mark.at} mode="time-of-day" className="tabular shrink-0 pt-px font-mono text-xs" />
            <span className="min-w-0 wrap-anywhere">
              <span className={cn("font-medium", look.text)}>{look.word}</span>
              {mark.by !== null && ` by ${mark.by}`}
              {mark.text !== "" && `: ${mark.text}`}
            </span>
          </li>
        );
      })}
      {marks.length > LISTED_MAX && (
        <li className="text-ink-faint">and {marks.length - LISTED_MAX} before that</li>
      )}
    </ul>
  );
}
