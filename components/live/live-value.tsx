"use client";

import type { ReactNode } from "react";

import { Age } from "#components/live/age.tsx";
import { useStale } from "#components/live/freshness.tsx";
import { cn } from "#components/ui/cn.ts";
import { StateIcon } from "#components/ui/state-mark.tsx";

interface LiveValueProps {
  label: ReactNode;
  /** What was read; null: it is not known, which is neither zero nor empty. */
  children: ReactNode | null;
  source: string;
  node?: string | null;
  readAt: string | null;
  intervalMs?: number;
  /** Pasted or attested: said beside the value. */
  provenance?: string;
  unknownBecause?: string | null;
  className?: string;
}

/** One observed value with where and when it was read. It loses its colour when it is stale, and keeps its last value. */
export function LiveValue(props: LiveValueProps) {
  const { label, children, source, node = null, readAt, intervalMs = Number.POSITIVE_INFINITY } = props;
  const stale = useStale(readAt, intervalMs);
  const known = children !== null;
  return (
    <div className={cn("min-w-0", props.className)}>
      <div className="text-sm text-ink-muted">{label}</div>
      <div className={cn("text-ink transition-colors duration-150", known && stale && "text-ink-faint")}>
        {known ? (
          children
        ) : (
          <span className="inline-flex items-center gap-1.5 font-medium text-unknown">
            <StateIcon state="unknown" label={null} />
            unknown
          </span>
        )}
      </div>
      {!known && props.unknownBecause !== null && props.unknownBecause !== undefined && (
        <p className="text-sm text-ink-muted">{props.unknownBecause}</p>
      )}
      <div className="mt-0.5 flex flex-wrap gap-x-1.5 text-xs text-ink-faint">
        <span className="wrap-anywhere">{source}</span>
        {node !== null && <span className="font-mono wrap-anywhere">{node}</span>}
        {readAt !== null && <Age readAt={readAt} {...(Number.isFinite(intervalMs) && { intervalMs })} />}
        {props.provenance !== undefined && props.provenance !== "observed" && (
          <span className="font-medium text-unknown">{props.provenance}</span>
        )}
      </div>
    </div>
  );
}
