"use client";

import { ChevronRight } from "lucide-react";
import { useState } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { ChecksPanel } from "#components/migrations/operations-panel.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { StepView } from "#lib/migrations/schema.ts";

interface ManualPanelProps {
  step: StepView;
  seen: { migrationId: string; stepId: string; seenVersion: number };
  paste: Action;
  blockedBecause: string | null;
}

/** Whether there is no other way than by hand: sqlplus is what a person runs for a store that Lockstep never connects to. */
export function isByHand({ checks, operations }: StepView): boolean {
  return [...checks, ...operations.flatMap(({ commands }) => commands)].some(
    ({ tool }) => tool === "sqlplus",
  );
}

/** The way without the console's own hands: run the command elsewhere, paste what it printed, and the same check decides. */
export function ManualPanel({ step, seen, paste, blockedBecause }: ManualPanelProps) {
  const [text, setText] = useState("");
  const [accepted, setAccepted] = useState(false);
  const { run, pending, failure } = useAction(paste, () => {
    setAccepted(true);
    setText("");
  });
  if (step.operations.length > 0 && step.operations.every(({ withoutHands }) => withoutHands !== null))
    return null;
  const empty = text.trim() === "" ? "Paste the output of the command first." : null;
  return (
    <details open={isByHand(step)} className="group rounded-lg border border-line">
      <summary className="flex min-h-10 list-none items-center gap-2 px-3 py-2 text-base font-medium text-ink hover:bg-hover/60">
        <ChevronRight
          aria-hidden
          className="size-4 text-ink-faint transition-transform group-open:rotate-90"
        />
        Do it by hand
      </summary>
      <div className="flex flex-col gap-4 px-3 pb-4 sm:pl-9">
        <p className="max-w-prose text-sm text-ink-muted">
          {step.operations.length > 0
            ? isByHand(step)
              ? "Run the command above where you have access, or the one below that only reads, and paste all that it printed. It counts for ten minutes, and the proof says “pasted” for ever."
              : "Run one of the commands above where you have access, then run the check below and paste all that it printed. The same rules judge it as if Lockstep had read it, and the proof says “pasted” for ever."
            : "Run the check below where you have access and paste all that it printed. The proof says “pasted” for ever."}
        </p>
        {step.checks.length > 0 && <ChecksPanel checks={step.checks} />}
        <Field
          label="Output of the command"
          hint="Paste it whole; never retype digits."
          error={failure?.fields["text"]}
        >
          <Textarea
            exact
            rows={6}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setAccepted(false);
            }}
          />
        </Field>
        <ActionFailureCallout failure={failure} />
        {accepted && failure === null && (
          <Callout state="pass">The output was read and recorded. The findings above rest on it now.</Callout>
        )}
        <div>
          <Button
            pending={pending}
            blockedBecause={blockedBecause ?? empty}
            onClick={() => run({ ...seen, text })}
          >
            Judge this output
          </Button>
        </div>
      </div>
    </details>
  );
}
