import { Check, CircleHelp, LoaderCircle, Minus } from "lucide-react";

import { STEP_STATE_WORDS } from "#components/migrations/step-words.ts";
import { cn } from "#components/ui/cn.ts";
import type { StepView } from "#lib/migrations/schema.ts";

/** Where a step stands, as a knot on the line of steps; the number while it is to come. */
export function StepIcon({ step, className }: { step: StepView; className?: string }) {
  const look = {
    pending: "border-line-strong/70 bg-surface text-ink-faint",
    current: "border-accent bg-accent-solid text-on-accent",
    running: "border-running-line bg-running-soft text-running",
    uncertain: "border-unknown-line bg-unknown-soft text-unknown",
    done: "border-pass-line bg-pass-soft text-pass",
    skipped: "border-line bg-sunken text-ink-faint",
  }[step.state];
  return (
    <span
      className={cn(
        "grid size-6 shrink-0 place-items-center rounded-full border text-xs font-semibold tabular [&_svg]:size-3.5",
        look,
        className,
      )}
    >
      <Glyph step={step} />
      <span className="sr-only">{STEP_STATE_WORDS[step.state]}</span>
    </span>
  );
}

function Glyph({ step }: { step: StepView }) {
  switch (step.state) {
    case "done":
      return <Check aria-hidden />;
    case "skipped":
      return <Minus aria-hidden />;
    case "running":
      return <LoaderCircle aria-hidden className="animate-spin" />;
    case "uncertain":
      return <CircleHelp aria-hidden />;
    case "pending":
    case "current":
      return <span aria-hidden>{step.number}</span>;
  }
}
