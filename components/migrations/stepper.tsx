import { ChevronDown } from "lucide-react";
import Link from "next/link";

import { StepIcon } from "#components/migrations/step-icon.tsx";
import { cn } from "#components/ui/cn.ts";
import type { StepView } from "#lib/migrations/schema.ts";

interface StepperProps {
  steps: readonly StepView[];
  shownId: string;
  /** The address of this migration; a step is `?step=`. */
  href: string;
}

/** All steps in order; each can be looked at, at any time. */
export function Stepper({ steps, shownId, href }: StepperProps) {
  return (
    <nav aria-label="Steps" className="max-lg:hidden">
      <StepList steps={steps} shownId={shownId} href={href} />
    </nav>
  );
}

/** The same on narrow screens: one line, which opens. */
export function StepperLine({ steps, shownId, href }: StepperProps) {
  const shown = steps.find((step) => step.id === shownId);
  if (shown === undefined) return null;
  return (
    <nav aria-label="Steps" className="lg:hidden">
      <details className="group rounded-lg border border-line bg-surface">
        <summary className="flex min-h-12 list-none items-center gap-3 px-3 py-2">
          <StepIcon step={shown} />
          <span className="min-w-0 grow text-base font-medium text-ink">
            {shown.number} of {steps.length} · {shown.title}
          </span>
          <ChevronDown
            aria-hidden
            className="size-4 text-ink-faint transition-transform group-open:rotate-180"
          />
        </summary>
        <div className="border-t border-line p-2">
          <StepList steps={steps} shownId={shownId} href={href} />
        </div>
      </details>
    </nav>
  );
}

function StepList({ steps, shownId, href }: StepperProps) {
  return (
    <ol className="relative flex flex-col">
      {steps.map((step, index) => (
        <li key={step.id} className="relative">
          {index < steps.length - 1 && (
            <span
              aria-hidden
              className={cn(
                "absolute top-7 bottom-0 left-5 border-l-2",
                step.state === "done" || step.state === "skipped" ? "border-pass-line" : "border-line",
              )}
            />
          )}
          <Link
            href={`${href}?step=${step.id}`}
            scroll={false}
            aria-current={step.id === shownId ? "step" : undefined}
            className={cn(
              "relative flex min-h-10 items-start gap-2.5 rounded-md px-2 py-2 text-base hover:bg-hover/70",
              step.id === shownId && "bg-hover font-semibold",
              step.state === "pending" || step.state === "skipped" ? "text-ink-muted" : "text-ink",
            )}
          >
            <StepIcon step={step} />
            <span className="min-w-0 pt-0.5">
              {step.title}
              {step.optional && <span className="ml-1.5 text-sm font-normal text-ink-faint">optional</span>}
              {(step.state === "running" || step.state === "uncertain") && (
                <span
                  className={cn(
                    "block text-sm font-medium",
                    step.state === "running" ? "text-running" : "text-unknown",
                  )}
                >
                  {step.state === "running" ? "running" : "outcome unknown"}
                </span>
              )}
            </span>
          </Link>
        </li>
      ))}
    </ol>
  );
}
