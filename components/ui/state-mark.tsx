import {
  CircleCheck,
  CircleHelp,
  LoaderCircle,
  OctagonX,
  TriangleAlert,
  type LucideIcon,
} from "lucide-react";

import { cn } from "#components/ui/cn.ts";

/** The five states of the product. Each has a colour, an icon and a word; unknown is violet so that it is seen. */
export const STATES = ["pass", "warning", "blocked", "unknown", "running"] as const;
export type State = (typeof STATES)[number];

interface Look {
  icon: LucideIcon;
  word: string;
  text: string;
  soft: string;
}

export const STATE_LOOK: Record<State, Look> = {
  pass: { icon: CircleCheck, word: "Pass", text: "text-pass", soft: "bg-pass-soft border-pass-line" },
  warning: {
    icon: TriangleAlert,
    word: "Warning",
    text: "text-warning",
    soft: "bg-warning-soft border-warning-line",
  },
  blocked: {
    icon: OctagonX,
    word: "Blocking",
    text: "text-blocked",
    soft: "bg-blocked-soft border-blocked-line",
  },
  unknown: {
    icon: CircleHelp,
    word: "Unknown",
    text: "text-unknown",
    soft: "bg-unknown-soft border-unknown-line",
  },
  running: {
    icon: LoaderCircle,
    word: "Running",
    text: "text-running",
    soft: "bg-running-soft border-running-line",
  },
};

interface StateIconProps {
  state: State;
  /** Read aloud in place of the state's own word; null where the word stands beside the icon. */
  label?: string | null;
  className?: string;
}

/** The icon of a state. It carries the word for screen readers unless the word is shown beside it. */
export function StateIcon({ state, label, className }: StateIconProps) {
  const look = STATE_LOOK[state];
  const Icon = look.icon;
  return (
    <>
      <Icon
        aria-hidden
        className={cn("size-4 shrink-0", look.text, state === "running" && "animate-spin", className)}
      />
      {label !== null && <span className="sr-only">{label ?? look.word}</span>}
    </>
  );
}

interface StateBadgeProps {
  state: State;
  /** Replaces the state's own word. */
  children?: React.ReactNode;
  title?: string | undefined;
  className?: string;
}

/** A state with icon and word in a small frame. */
export function StateBadge({ state, children, title, className }: StateBadgeProps) {
  const look = STATE_LOOK[state];
  return (
    <span
      title={title}
      className={cn(
        "inline-flex max-w-full items-center gap-1.5 rounded-md border px-1.5 py-0.5 text-sm font-medium",
        look.soft,
        look.text,
        className,
      )}
    >
      <StateIcon state={state} label={null} className="size-3.5" />
      <span className="min-w-0">{children ?? look.word}</span>
    </span>
  );
}
