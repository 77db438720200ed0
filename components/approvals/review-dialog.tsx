"use client";

import { useId, useState } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { ChoiceCards } from "#components/migrations/choice-cards.tsx";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { BreakGlassDto } from "#lib/approvals/schema.ts";

interface ReviewDialogProps {
  glass: BreakGlassDto;
  review: Action;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

const VERDICTS = [
  {
    id: "justified",
    title: "It was justified",
    description: "It could not have waited, and what was done is right.",
  },
  {
    id: "objected",
    title: "I object",
    description: "It could have waited, or what was done has to be looked into.",
  },
];

/** Somebody else's look at a broken glass, afterwards. */
export function ReviewDialog({ glass, review, open, onOpenChange }: ReviewDialogProps) {
  const formId = useId();
  const [verdict, setVerdict] = useState("");
  const [note, setNote] = useState("");
  const { run, pending, failure, clear } = useAction(review, () => onOpenChange(false));
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        clear();
        onOpenChange(next);
      }}
      title={`Review the broken glass of “${glass.unitTitle}”`}
      description="Your verdict is kept beside the mark. It changes nothing that was done."
      footer={
        <Button
          type="submit"
          form={formId}
          variant="primary"
          pending={pending}
          blockedBecause={verdict === "" ? "Choose a verdict first." : null}
        >
          Record the review
        </Button>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (verdict !== "") run({ breakGlassId: glass.id, verdict, note });
        }}
      >
        <p className="text-ink">
          {glass.by}: “{glass.reason}”
        </p>
        <ChoiceCards legend="Your verdict" choices={VERDICTS} value={verdict} onChange={setVerdict} />
        <Field label="Why" required error={failure?.fields["note"]}>
          <Textarea rows={3} value={note} onChange={(event) => setNote(event.target.value)} />
        </Field>
        <ActionFailureCallout failure={failure} />
      </form>
    </Dialog>
  );
}
