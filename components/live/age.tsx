"use client";

import { useNow } from "#components/live/clock.tsx";
import { Time } from "#components/live/time.tsx";
import { isStale } from "#components/live/wording.ts";
import { cn } from "#components/ui/cn.ts";

interface AgeProps {
  readAt: string;
  /** How often it should be read; without one an age is only told, never judged. */
  intervalMs?: number;
  className?: string;
}

/** How long ago something was read; amber once that is too long. */
export function Age({ readAt, intervalMs, className }: AgeProps) {
  const now = useNow();
  const stale = intervalMs !== undefined && isStale(Date.parse(readAt), now, intervalMs);
  return <Time at={readAt} className={cn("tabular", stale && "font-medium text-warning", className)} />;
}
