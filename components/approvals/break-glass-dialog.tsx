"use client";

import { useState } from "react";

import { minutesWords } from "#components/approvals/approval-words.ts";
import { useAction, type Action } from "#components/live/use-action.ts";
import { failureInDialog } from "#components/migrations/action-failure.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { BreakGlassOffer } from "#lib/approvals/schema.ts";

interface BreakGlassDialogProps {
  migrationId: string;
  offer: BreakGlassOffer;
  breakGlass: Action;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

const REASON_MIN = 10;

/** Goes ahead without the approvals: says what is skipped and who hears of it, and asks for a reason, the words and a fresh sign-in. */
export function BreakGlassDialog({
  migrationId,
  offer,
  breakGlass,
  open,
  onOpenChange,
}: BreakGlassDialogProps) {
  const [reason, setReason] = useState("");
  const { run, pending, failure, clear } = useAction(breakGlass, () => onOpenChange(false));
  const { unit, unitTitle, planHash, phrase } = offer;
  const short = reason.trim().length < REASON_MIN ? "Say first why it cannot wait, in a sentence." : null;
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => {
        clear();
        onOpenChange(next);
      }}
      title={`Break the glass for “${unitTitle}”`}
      confirm="Break the glass"
      irreversible
      phrase={phrase}
      pending={pending}
      error={failureInDialog(failure)}
      blockedBecause={offer.possible ? short : offer.because}
      onConfirm={(typedPhrase) => run({ migrationId, unit, planHash, reason, typedPhrase })}
      description={<Consequences offer={offer} />}
    >
      <Field label="Why it cannot wait" required error={failure?.fields["reason"]}>
        <Textarea rows={3} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
    </ConfirmDialog>
  );
}

function Consequences({ offer: { skips, skipped, executionMinutes } }: { offer: BreakGlassOffer }) {
  return (
    <div className="flex flex-col gap-2">
      <div>
        <p>This skips:</p>
        <ul className="list-disc pl-5 text-ink">
          {skips.map((skip) => (
            <li key={skip}>{skip}</li>
          ))}
        </ul>
      </div>
      <p>
        {skipped.length === 0
          ? "Nobody else could approve it now, so nobody is told by name."
          : `Told at once, with your reason: ${skipped.map(({ name }) => name).join(", ")}.`}{" "}
        The migration is marked for ever, and somebody else is asked to review it.
      </p>
      <p>
        Only the approvals are skipped. Every check of the step still holds, and it must be done within{" "}
        {minutesWords(executionMinutes)}.
      </p>
    </div>
  );
}
