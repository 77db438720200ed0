"use client";

import { useId, useState, type ReactNode } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import { Label } from "#components/ui/label.tsx";
import { Textarea } from "#components/ui/textarea.tsx";

interface ReasonDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: ReactNode;
  cancel?: string;
  destructive?: boolean;
  phrase?: string | null;
  /** What the reason is called in the action's input. */
  reasonField?: "reason" | "note";
  reasonLabel?: string;
  action: Action;
  /** Everything of the action's input but the reason and the phrase. */
  input: Readonly<Record<string, unknown>>;
  blockedBecause: string | null;
}

const REASON_MIN = 3;

/** Asks for a reason, and for the typed phrase where the act cannot be taken back. Both are stored. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { reasonField = "reason", reasonLabel = "Reason", phrase = null } = props;
  const id = useId();
  const [reason, setReason] = useState("");
  const { run, pending, failure, clear } = useAction(props.action, () => props.onOpenChange(false));
  const short =
    reason.trim().length < REASON_MIN ? "Give a reason first; it is kept in the audit log." : null;
  const close = (open: boolean) => {
    clear();
    props.onOpenChange(open);
  };
  return (
    <ConfirmDialog
      open={props.open}
      onOpenChange={close}
      title={props.title}
      description={props.description}
      {...(props.cancel !== undefined && { cancel: props.cancel })}
      destructive={props.destructive ?? false}
      phrase={phrase}
      pending={pending}
      error={failure?.message ?? null}
      blockedBecause={props.blockedBecause}
      incompleteBecause={short}
      onConfirm={(typedPhrase) =>
        run({ ...props.input, [reasonField]: reason, ...(phrase !== null && { typedPhrase }) })
      }
    >
      <div className="flex flex-col gap-1.5">
        <Label htmlFor={id}>{reasonLabel}</Label>
        <Textarea id={id} rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
    </ConfirmDialog>
  );
}
