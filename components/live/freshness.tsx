"use client";

import { useNow } from "#components/live/clock.tsx";
import { isStale, relativeWords } from "#components/live/wording.ts";
import { cn } from "#components/ui/cn.ts";
import { StateIcon } from "#components/ui/state-mark.tsx";

export interface FreshnessProps {
  /** When it was last read, ISO 8601; null before the first answer. */
  readAt: string | null;
  /** How often it should be read. */
  intervalMs: number;
  /** The last try failed, with what it said. */
  failure?: string | null;
  fetching?: boolean;
  verb?: string;
}

/** Says how old live values are; loud only when they are too old to act on. */
export function Freshness({
  readAt,
  intervalMs,
  failure = null,
  fetching,
  verb = "refreshed",
}: FreshnessProps) {
  const now = useNow();
  if (readAt === null) {
    if (failure === null) return <span className="text-sm text-ink-faint">reading…</span>;
    return (
      <span className="inline-flex items-center gap-1.5 text-sm font-medium text-warning">
        <StateIcon state="warning" className="size-3.5" label={null} />
        {failure}
      </span>
    );
  }
  const ms = Date.parse(readAt);
  const stale = isStale(ms, now, intervalMs);
  const words = `${verb} ${relativeWords(ms, now)}`;
  if (stale || failure !== null) {
    return (
      <span
        className="inline-flex items-center gap-1.5 text-sm font-medium text-warning"
        title={failure ?? undefined}
      >
        <StateIcon state="warning" className="size-3.5" label={null} />
        {stale ? `stale, ${words}` : `${words}, last try failed`}
      </span>
    );
  }
  return (
    <span className="tabular inline-flex items-center gap-1.5 text-sm text-ink-faint">
      <span
        aria-hidden
        className={cn("size-1.5 rounded-full bg-pass", fetching && "bg-running motion-safe:animate-pulse")}
      />
      {words}
    </span>
  );
}

/** Whether something read at `readAt` is too old to act on now. Null counts as too old. */
export function useStale(readAt: string | null, intervalMs: number): boolean {
  const now = useNow();
  return readAt === null || isStale(Date.parse(readAt), now, intervalMs);
}
