"use client";

import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState, useTransition } from "react";

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

/**
 * Calls a server action once at a time: a second press while one is under way does nothing. Nothing is shown as done before
 * the server said so. The server has the page read anew either way; what was typed stays.
 */
export function useAction<T>(action: Action<T>, onDone?: (value: T) => void) {
  const router = useRouter();
  const [transition, startTransition] = useTransition();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ActionFailure | null>(null);
  const inFlight = useRef(false);
  const giveUp = useRef<(() => void) | null>(null);
  useEffect(() => () => giveUp.current?.(), []);

  const run = useCallback(
    (input: unknown) => {
      if (inFlight.current) return;
      inFlight.current = true;
      setBusy(true);
      setFailure(null);
      startTransition(async () => {
        const result = await action(input).catch(() => null);
        inFlight.current = false;
        setBusy(false);
        if (result === null) {
          setFailure(UNREACHABLE);
          giveUp.current?.();
          giveUp.current = whenBack(() => router.refresh());
        } else if (result.ok) onDone?.(result.value);
        else setFailure({ code: result.code, message: result.message, fields: result.fields });
      });
    },
    [action, onDone, router],
  );
  const clear = useCallback(() => setFailure(null), []);
  return { run, pending: busy || transition, failure, clear };
}
