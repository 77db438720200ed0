"use client";

import { useState } from "react";

import { useNow } from "#components/live/clock.tsx";
import { relativeWords } from "#components/live/wording.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

interface SessionNoticeProps {
  /** When the session ends unless it is used, ISO 8601. */
  expiresAt: string;
  /** Asks the server for a new end; null when the session cannot be renewed any more. */
  onRenew: () => Promise<string | null>;
}

const WARN_MS = 5 * 60_000;

/** Says that the session is about to end, in place: the page and what was typed stay. */
export function SessionNotice({ expiresAt, onRenew }: SessionNoticeProps) {
  const now = useNow();
  const [ends, setEnds] = useState(expiresAt);
  const [pending, setPending] = useState(false);
  const [refused, setRefused] = useState(false);
  const leftMs = Date.parse(ends) - now;
  if (leftMs > WARN_MS) return null;
  const over = leftMs <= 0 || refused;
  const renew = async () => {
    setPending(true);
    const renewed = await onRenew().catch(() => null);
    setPending(false);
    if (renewed === null) setRefused(true);
    else setEnds(renewed);
  };
  return (
    <div className="fixed inset-x-4 bottom-4 z-50 mx-auto max-w-lg shadow-raised">
      <Callout
        state="warning"
        title={over ? "The session has ended" : "The session is about to end"}
        actions={
          over ? (
            <a href="/sign-in" target="_blank" rel="noreferrer" className="font-medium text-accent underline">
              Sign in again in a new tab
            </a>
          ) : (
            <Button size="sm" pending={pending} onClick={() => void renew()}>
              Stay signed in
            </Button>
          )
        }
      >
        {over
          ? "Nothing on this page is lost. Sign in again in another tab, then go on here."
          : `It ends ${relativeWords(Date.parse(ends), now)}. What you typed stays on this page.`}
      </Callout>
    </div>
  );
}
