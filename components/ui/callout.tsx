import { Info } from "lucide-react";
import type { ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";
import { STATE_LOOK, StateIcon, type State } from "#components/ui/state-mark.tsx";

interface CalloutProps {
  /** One of the five states, or a note that judges nothing. */
  state: State | "note";
  title?: ReactNode;
  /** Announces itself when it appears. */
  live?: boolean;
  actions?: ReactNode;
  className?: string;
  children?: ReactNode;
}

/** A message in place: what happened, what it means, what to do next. */
export function Callout({ state, title, live = true, actions, className, children }: CalloutProps) {
  const urgent = state === "blocked" || state === "warning";
  const look = state === "note" ? { soft: "border-line bg-sunken", text: "text-ink" } : STATE_LOOK[state];
  const role = live ? (urgent ? "alert" : "status") : undefined;
  return (
    <div role={role} className={cn("flex gap-2.5 rounded-lg border px-3 py-2.5", look.soft, className)}>
      {state === "note" ? (
        <Info aria-hidden className="mt-0.75 size-4 shrink-0 text-accent" />
      ) : (
        <StateIcon state={state} className="mt-0.75" />
      )}
      <div className="min-w-0 grow text-base text-ink">
        {title !== undefined && <p className={cn("font-semibold", look.text)}>{title}</p>}
        {children}
        {actions !== undefined && <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}
