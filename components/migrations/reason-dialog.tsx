"use client";

import { useState, type ReactNode } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { failureInDialog } from "#components/migrations/action-failure.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";

interface ReasonDialogProps<T> {
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
  /** The words may be left out. */
  optional?: boolean;
  action: Action<T>;
  /** Everything of the action's input but the reason and the phrase. */
  input: Readonly<Record<string, unknown>>;
  blockedBecause: string | null;
  onDone?: (value: T) => void;
}

const REASON_MIN = 3;

/** Asks for a reason, for the typed phrase where the act cannot be taken back, and for who sits there where the server wants to know. */
export function ReasonDialog<T>(props: ReasonDialogProps<T>) {
  const { reasonField = "reason", reasonLabel = "Reason", phrase = null, optional = false } = props;
  const [reason, setReason] = useState("");
  const { run, pending, failure, clear } = useAction(props.action, (value) => {
    props.onOpenChange(false);
    props.onDone?.(value);
  });
  const short =
    !optional && reason.trim().length < REASON_MIN
      ? "Give a reason first; it is kept in the audit log."
      : null;
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
      error={failureInDialog(failure)}
      blockedBecause={props.blockedBecause}
      incompleteBecause={short}
      onConfirm={(typedPhrase) =>
        run({ ...props.input, [reasonField]: reason, ...(phrase !== null && { typedPhrase }) })
      }
    >
      <Field label={reasonLabel} optional={optional} error={failure?.fields[reasonField]}>
        <Textarea rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
    </ConfirmDialog>
  );
}
