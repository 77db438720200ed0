"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { syncClock } from "#components/live/clock.tsx";
import { useStale } from "#components/live/freshness.tsx";
import { COPY_INTERVAL_MS, copyQuery } from "#lib/migrations/queries.ts";
import type { CopyView } from "#lib/mover/copy-view.ts";

export interface CopyLive {
  readonly view: CopyView;
  readonly stale: boolean;
  readonly failure: string | null;
  readonly fetching: boolean;
  readonly refetch: () => void;
}

/** Reads the run again every few seconds while it can change; the last answer stays, with its age, when the console does not answer. */
export function useCopyLive(initial: CopyView): CopyLive {
  const { migrationId, kind } = initial;
  const query = useQuery({
    ...copyQuery(migrationId, kind),
    initialData: initial,
    initialDataUpdatedAt: 0,
  });
  const { data, error, isFetching, refetch } = query;
  const view = newest(initial, data);
  useEffect(() => syncClock(view.readAt), [view.readAt]);
  const old = useStale(view.readAt, COPY_INTERVAL_MS);
  return {
    view,
    stale: old && !isOver(view),
    failure: error === null ? null : error.message,
    fetching: isFetching,
    refetch: () => void refetch(),
  };
}

/** Nothing of it changes any more. */
export function isOver({ state }: CopyView): boolean {
  return state === "complete" || state === "cancelled";
}

/** A page that was rendered anew by the server may be ahead of the last poll. */
function newest(rendered: CopyView, polled: CopyView): CopyView {
  return Date.parse(polled.readAt) >= Date.parse(rendered.readAt) ? polled : rendered;
}
