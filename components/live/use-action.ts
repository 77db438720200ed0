"use client";

import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState, useTransition } from "react";

import { useAskIdentity } from "#components/live/confirm-identity.ts";
import { whenBack } from "#components/live/when-back.ts";
import type { ActionResult } from "#lib/web/schema.ts";

export type Action<T = unknown> = (input: unknown) => Promise<ActionResult<T>>;

export interface ActionFailure {
  code: string;
  message: string;
  fields: Readonly<Record<string, string>>;
}

const UNREACHABLE: ActionFailure = {
  code: "unreachable",
  message:
    "The console did not answer. Whether it acted is not known here; as soon as it answers again the page shows the state.",
  fields: {},
};

const UNCONFIRMED: ActionFailure = {
  code: "unconfirmed",
  message: "You did not confirm who you are, so nothing was done.",
  fields: {},
};

/** A proof may miss one part, and grow old while it is given; somebody who is asked more often than this has closed the dialog. */
const ASKED_MAX = 3;

/**
 * Calls a server action once at a time: a second press while one is under way does nothing. Nothing is shown as done before
 * the server said so. When the server asks for a fresh sign-in, the dialog for it opens, and the action is repeated with what was
 * given to it. The server has the page read anew either way; what was typed stays.
 */
export function useAction<T>(action: Action<T>, onDone?: (value: T) => void) {
  const router = useRouter();
  const ask = useAskIdentity();
  const [transition, startTransition] = useTransition();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ActionFailure | null>(null);
  const inFlight = useRef(false);
  const again = useRef<(input: unknown, asked: number) => void>(() => {});
  const giveUp = useRef<(() => void) | null>(null);
  useEffect(() => () => giveUp.current?.(), []);

  const end = useCallback((ended: ActionFailure | null) => {
    inFlight.current = false;
    setBusy(false);
    setFailure(ended);
  }, []);
  const attempt = useCallback(
    (input: unknown, asked: number) => {
      startTransition(async () => {
        const result = await action(input).catch(() => null);
        if (ask !== null && asked < ASKED_MAX && isUnconfirmed(result)) {
          // Not awaited: while this transition lasts, the dialog's own would never end.
          void ask().then((proved) => (proved ? again.current(input, asked + 1) : end(UNCONFIRMED)));
        } else if (result === null) {
          end(UNREACHABLE);
          giveUp.current?.();
          giveUp.current = whenBack(() => router.refresh());
        } else if (result.ok) {
          end(null);
          onDone?.(result.value);
        } else end({ code: result.code, message: result.message, fields: result.fields });
      });
    },
    [action, ask, end, onDone, router],
  );
  useEffect(() => {
    again.current = attempt;
  });
  const run = useCallback(
    (input: unknown) => {
      if (inFlight.current) return;
      inFlight.current = true;
      setBusy(true);
      setFailure(null);
      attempt(input, 0);
    },
    [attempt],
  );
  const clear = useCallback(() => setFailure(null), []);
  return { run, pending: busy || transition, failure, clear };
}

function isUnconfirmed(result: ActionResult<unknown> | null): boolean {
  return result !== null && !result.ok && result.code === "fresh-sign-in-required";
}
