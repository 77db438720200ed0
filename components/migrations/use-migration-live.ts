"use client";

import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

import { syncClock, useNow } from "#components/live/clock.tsx";
import { notReadyBecause } from "#components/migrations/readiness.ts";
import { LIVE_AGE_MS_MAX, migrationLiveQuery } from "#lib/migrations/queries.ts";
import type { MigrationLive, MigrationView } from "#lib/migrations/schema.ts";

export interface LiveState {
  /** The last answer that belongs to the page's version; null before the first. */
  live: MigrationLive | null;
  readAt: string | null;
  failure: string | null;
  fetching: boolean;
  stale: boolean;
  /** Why the current step cannot be run from this page now. */
  blockedBecause: string | null;
  refetch: () => void;
}

/** Reads the current step again every five seconds while the migration is open, and the page when the migration moved on. */
export function useMigrationLive(view: MigrationView): LiveState {
  const router = useRouter();
  const now = useNow();
  const watch = view.state === "open" || view.state === "watching";
  const query = useQuery(migrationLiveQuery(view.id, view.version, watch));
  const { data, error, isFetching, refetch } = query;

  useEffect(() => {
    if (data === undefined) return;
    syncClock(data.at);
    if (data.version > view.version && !isAsking()) router.refresh();
  }, [data, router, view.version]);
  const live = data?.version === view.version ? data : null;
  const atMs = data === undefined ? null : Date.parse(data.at);
  const failure = error === null ? null : error.message;
  return {
    live,
    readAt: data?.at ?? null,
    failure,
    fetching: isFetching,
    stale: atMs === null || now - atMs > LIVE_AGE_MS_MAX,
    blockedBecause: notReadyBecause({
      canOperate: view.canOperate,
      seenVersion: view.version,
      live: data === undefined || atMs === null ? null : { ...data, atMs },
      failure,
      nowMs: now,
      ageMsMax: LIVE_AGE_MS_MAX,
    }),
    refetch: () => void refetch(),
  };
}

const ASKING_CHECK_MS = 200;

/**
 * The view as the person knows it: while a dialog is open it stays, also when an action that was refused brought a newer one, so that
 * neither the dialog with its message nor what was typed in it is taken away.
 */
export function useViewWhileAsking(view: MigrationView): MigrationView {
  const [shown, setShown] = useState(view);
  useEffect(() => {
    if (shown === view) return;
    const follow = () => {
      if (!isAsking()) setShown(view);
    };
    follow();
    const timer = setInterval(follow, ASKING_CHECK_MS);
    return () => clearInterval(timer);
  }, [shown, view]);
  return shown;
}

/** A dialog is open: the page is read again once it is closed, so that nothing is taken from under the person's hands. */
function isAsking(): boolean {
  return document.querySelector("[role=alertdialog], [role=dialog]") !== null;
}
