"use client";

import { useQuery } from "@tanstack/react-query";

import { Age } from "#components/live/age.tsx";
import { useStale } from "#components/live/freshness.tsx";
import { SERVICE_STATE_WORDS, STATUS_LOOK } from "#components/services/service-state-words.ts";
import { cn } from "#components/ui/cn.ts";
import { StateBadge } from "#components/ui/state-mark.tsx";
import { LIST_INTERVAL_MS, serviceStatusQuery } from "#lib/inventory/queries.ts";

/** The live state of one service in a list, with its age. It loses its colour when it is stale, and keeps its last value. */
export function ServiceLiveState({ serviceId }: { serviceId: string }) {
  const { data, error } = useQuery(serviceStatusQuery(serviceId, LIST_INTERVAL_MS));
  const stale = useStale(data?.at ?? null, LIST_INTERVAL_MS);
  if (data === undefined) {
    if (error !== null) return <StateBadge state="unknown" title={error.message} />;
    return <span className="text-sm text-ink-faint">reading…</span>;
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
      <StateBadge state={STATUS_LOOK[data.level]} title={data.title} className={cn(stale && "grayscale")}>
        {SERVICE_STATE_WORDS[data.state]}
      </StateBadge>
      <Age readAt={data.at} intervalMs={LIST_INTERVAL_MS} className="text-xs text-ink-faint" />
      {error !== null && <span className="text-xs text-warning">last try failed</span>}
    </span>
  );
}
