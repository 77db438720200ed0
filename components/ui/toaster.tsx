"use client";

import { X } from "lucide-react";
import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";

import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import { STATE_LOOK, StateIcon, type State } from "#components/ui/state-mark.tsx";

interface Toast {
  id: number;
  state: State;
  text: string;
}

interface Announcer {
  /** Shows a short message; warnings and refusals stay until they are closed. */
  toast: (text: string, state?: State) => void;
  /** Says something to screen readers only. */
  announce: (text: string) => void;
}

const AnnouncerContext = createContext<Announcer>({ toast: () => undefined, announce: () => undefined });
const SHOWN_MS = 6000;
const SHOWN_MAX = 4;
let lastId = 0;

/** The place of toasts and of the live region; one at the root of the application. */
export function Toaster({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const [spoken, setSpoken] = useState("");
  const close = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const announcer = useMemo<Announcer>(
    () => ({
      toast: (text, state = "pass") => {
        lastId += 1;
        const shown = { id: lastId, state, text };
        setToasts((all) => [...all, shown].slice(-SHOWN_MAX));
      },
      announce: setSpoken,
    }),
    [],
  );
  return (
    <AnnouncerContext value={announcer}>
      {children}
      <div aria-live="polite" className="sr-only">
        {spoken}
      </div>
      <div
        aria-live="polite"
        className="pointer-events-none fixed inset-x-4 top-14 z-50 flex flex-col items-end gap-2 sm:left-auto sm:w-96"
      >
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onClose={close} />
        ))}
      </div>
    </AnnouncerContext>
  );
}

function ToastCard({ toast, onClose }: { toast: Toast; onClose: (id: number) => void }) {
  const passing = toast.state === "pass" || toast.state === "running";
  useEffect(() => {
    if (!passing) return undefined;
    const timer = setTimeout(() => onClose(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [passing, onClose, toast.id]);
  return (
    <div
      className={cn(
        "pointer-events-auto flex w-full animate-appear items-start gap-2.5 rounded-lg border py-2 pr-1.5 pl-3 shadow-raised",
        STATE_LOOK[toast.state].soft,
      )}
    >
      <StateIcon state={toast.state} className="mt-1.5" />
      <p className="grow py-1 text-base text-ink">{toast.text}</p>
      <Button variant="ghost" size="icon" aria-label="Dismiss" onClick={() => onClose(toast.id)}>
        <X aria-hidden />
      </Button>
    </div>
  );
}

/** Ways to tell the person something that has no place on the page. */
export function useToast(): Announcer {
  return use(AnnouncerContext);
}
