"use client";

import { useEffect, useRef, useState } from "react";

import { useNow } from "#components/live/clock.tsx";
import type { Action } from "#components/live/use-action.ts";
import { relativeWords } from "#components/live/wording.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

interface SessionNoticeProps {
  /** When the session ends unless it is used, ISO 8601, as the page knew when it was opened. */
  endsAt: string;
  /** Is a sign of life, and answers when the session ends now. */
  renew: Action<string>;
}

const WARN_MS = 5 * 60_000;

/** Says that the session is about to end, in place: the page and what was typed stay. Whoever is at work is not asked. */
export function SessionNotice({ endsAt, renew }: SessionNoticeProps) {
  const now = useNow();
  const [ends, setEnds] = useState(endsAt);
  const [pending, setPending] = useState(false);
  const [over, setOver] = useState(false);
  const near = Date.parse(ends) - now <= WARN_MS;
  const ask = async () => {
    setPending(true);
    const result = await renew({}).catch(() => null);
    setPending(false);
    if (result?.ok) setEnds(result.value);
    else if (result !== null) setOver(result.code === "unauthenticated");
  };
  useWork(near && !over && !pending, () => void ask());
  if (!near) return null;
  const words = over
    ? "Nothing on this page is lost. Sign in again in another tab, then go on here."
    : `It ends ${relativeWords(Date.parse(ends), now)} unless you go on. What you typed stays on this page.`;
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
            <Button size="sm" pending={pending} onClick={() => void ask()}>
              Stay signed in
            </Button>
          )
        }
      >
        {words}
      </Callout>
    </div>
  );
}

/** Calls once when the person does something while `armed`. */
function useWork(armed: boolean, onWork: () => void): void {
  const latest = useRef(onWork);
  useEffect(() => {
    latest.current = onWork;
  });
  useEffect(() => {
    if (!armed) return undefined;
    const work = () => latest.current();
    const options = { once: true, passive: true } as const;
    document.addEventListener("keydown", work, options);
    document.addEventListener("pointerdown", work, options);
    return () => {
      document.removeEventListener("keydown", work);
      document.removeEventListener("pointerdown", work);
    };
  }, [armed]);
}
