"use client";

import { useState } from "react";

import type { Action } from "#components/live/use-action.ts";
import { ReasonDialog } from "#components/migrations/reason-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import type { StepView } from "#lib/migrations/schema.ts";

interface UndoPanelProps {
  step: StepView;
  seen: { migrationId: string; stepId: string; seenVersion: number };
  undo: Action;
  blockedBecause: string | null;
}

/** How a finished step can be taken back, and what that leaves. */
export function UndoPanel({ step, seen, undo, blockedBecause }: UndoPanelProps) {
  const [open, setOpen] = useState(false);
  const { possible, text, leavesBehind, button } = step.undo;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p className="min-w-0 grow basis-64 text-sm text-ink-muted">
        <span className="font-medium text-ink">Undo: </span>
        {text}
        {leavesBehind.length > 0 && ` It leaves behind ${leavesBehind.join(", ")}.`}
      </p>
      {possible && button !== null && (
        <>
          <Button blockedBecause={blockedBecause} onClick={() => setOpen(true)}>
            {button}…
          </Button>
          <ReasonDialog
            open={open}
            onOpenChange={setOpen}
            title={button}
            description={text}
            phrase={step.inputs.includes("typed-phrase") ? step.typedPhrase : null}
            action={undo}
            input={seen}
            blockedBecause={blockedBecause}
          />
        </>
      )}
    </div>
  );
}
