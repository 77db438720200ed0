import { Time } from "#components/live/time.tsx";
import { KIND_WORDS } from "#components/migrations/step-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { StepView } from "#lib/migrations/schema.ts";

/** Where focus goes when a step is through and the next one is shown. */
export const STEP_HEADING_ID = "step";

/** The step's name, kind and purpose, and how it ended if it did. */
export function StepHeading({ step, of }: { step: StepView; of: number }) {
  return (
    <header>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <span aria-hidden className="tabular text-lg text-ink-faint">
          {step.number}
        </span>
        <h2
          id={STEP_HEADING_ID}
          tabIndex={-1}
          className="rounded-sm text-lg font-semibold text-ink outline-none"
        >
          <span className="sr-only">
            Step {step.number} of {of}:{" "}
          </span>
          {step.title}
        </h2>
        <span className="flex flex-wrap gap-1.5">
          <Badge>{KIND_WORDS[step.kind]}</Badge>
          {step.optional && <Badge tone="outline">optional</Badge>}
          {step.irreversible && (
            <Badge tone="outline" className="border-warning-line bg-warning-soft text-warning">
              irreversible
            </Badge>
          )}
          {step.state === "running" && <StateBadge state="running">running</StateBadge>}
        </span>
        {step.finishedAt !== null && (
          <span className="text-sm text-ink-muted">
            {step.state === "skipped" ? "skipped" : "done"} <Time at={step.finishedAt} />
            {step.finishedBy !== null && ` by ${step.finishedBy}`}
          </span>
        )}
      </div>
      <p className="mt-2 max-w-prose text-base text-ink-muted">{step.purpose}</p>
    </header>
  );
}
