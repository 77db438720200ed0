"use client";

import { useRouter } from "next/navigation";
import { useCallback, useRef, useState, useTransition } from "react";

/** What every server action answers. */
export type ActionResult<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly fields: Readonly<Record<string, string>>;
    };

export type Action<T = unknown> = (input: unknown) => Promise<ActionResult<T>>;

export interface ActionFailure {
  code: string;
  message: string;
  fields: Readonly<Record<string, string>>;
}

const UNREACHABLE: ActionFailure = {
  code: "unreachable",
  message:
    "The console did not answer. Whether it acted is not known here; the page reads the state again and shows it.",
  fields: {},
};

/**
 * Calls a server action once at a time: a second press while one is under way does nothing. Nothing is shown as done before
 * the server said so. After a refusal because the world moved, the page is read again and what was typed stays.
 */
export function useAction<T>(action: Action<T>, onDone?: (value: T) => void) {
  const router = useRouter();
  const [transition, startTransition] = useTransition();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ActionFailure | null>(null);
  const inFlight = useRef(false);

  const run = useCallback(
    (input: unknown) => {
      if (inFlight.current) return;
      inFlight.current = true;
      setBusy(true);
      setFailure(null);
      startTransition(async () => {
        const result = await action(input).catch(() => ({ ok: false as const, ...UNREACHABLE }));
        inFlight.current = false;
        setBusy(false);
        if (result.ok) {
          onDone?.(result.value);
          return;
        }
        setFailure({ code: result.code, message: result.message, fields: result.fields });
        if (["stale", "conflict", "unreachable"].includes(result.code)) router.refresh();
      });
    },
    [action, onDone, router],
  );
  const clear = useCallback(() => setFailure(null), []);
  return { run, pending: busy || transition, failure, clear };
}
