"use client";

import { AlertDialog as Primitive } from "radix-ui";
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";

import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { cn } from "#components/ui/cn.ts";
import { Input } from "#components/ui/input.tsx";
import { Label } from "#components/ui/label.tsx";
import { OVERLAY_CLASS, PANEL_CLASS } from "#components/ui/overlay-class.ts";

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Verb and object: "Invalidate the bound in orders". The confirming button repeats it unless `confirm` is given. */
  title: string;
  /** What happens, what it leaves behind. */
  description: ReactNode;
  confirm?: string;
  cancel?: string;
  /** Red, and only for what destroys something. */
  destructive?: boolean;
  /** An amber band and the word: it cannot be undone, though it destroys nothing. */
  irreversible?: boolean;
  /** The exact words to type first; they are handed to `onConfirm`. */
  phrase?: string | null;
  pending?: boolean;
  /** Why the last try failed; the dialog stays open with it. */
  error?: string | null;
  /** Why it cannot be confirmed whatever is entered; shown in the dialog. */
  blockedBecause?: string | null;
  /** What is still to be entered. */
  incompleteBecause?: string | null;
  onConfirm: (typedPhrase: string) => void;
  children?: ReactNode;
}

/** While an action runs, a newer state of what it acts on is its own doing, and not a reason to wait. */
export const UNDER_WAY =
  "It is under way, and what was begun is not called back. Closing this page does not stop it either.";

/** Asks before something that matters. Focus starts on cancel, and Enter alone never confirms. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, description, pending = false } = props;
  return (
    <Primitive.Root open={open} onOpenChange={(next) => (pending ? undefined : onOpenChange(next))}>
      <Primitive.Portal>
        <Primitive.Overlay className={OVERLAY_CLASS} />
        <Primitive.Content
          className={cn(
            PANEL_CLASS,
            props.irreversible && "border-t-4 border-t-warning-line",
            props.destructive && "border-t-4 border-t-danger-solid",
          )}
        >
          <div className="px-5 pt-5">
            <Primitive.Title className="text-lg font-semibold">{title}</Primitive.Title>
            <Primitive.Description asChild>
              <div className="mt-1 text-base text-ink-muted">{description}</div>
            </Primitive.Description>
          </div>
          <ConfirmBody {...props} />
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

function ConfirmBody(props: ConfirmDialogProps) {
  const { title, confirm = title, cancel = "Cancel", phrase = null, pending = false, error = null } = props;
  const [typed, setTyped] = useState("");
  const matches = phrase === null || typed === phrase;
  const blocked =
    props.blockedBecause ??
    props.incompleteBecause ??
    (matches ? null : "Type the words above exactly as they are shown.");
  return (
    <>
      <div className="flex min-h-0 flex-col gap-4 overflow-y-auto px-5 py-4">
        {props.children}
        {phrase !== null && <TypedPhrase phrase={phrase} value={typed} onChange={setTyped} />}
        {pending && <Callout state="running">{UNDER_WAY}</Callout>}
        {!pending && props.blockedBecause !== null && props.blockedBecause !== undefined && (
          <Callout state="warning" live={false}>
            {props.blockedBecause}
          </Callout>
        )}
        {error !== null && <Callout state="blocked">{error}</Callout>}
      </div>
      <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3 max-sm:flex-col-reverse">
        <Primitive.Cancel asChild>
          <Button blockedBecause={pending ? UNDER_WAY : null}>{cancel}</Button>
        </Primitive.Cancel>
        <Button
          variant={props.destructive ? "danger" : "primary"}
          pending={pending}
          blockedBecause={pending ? null : blocked}
          onClick={() => props.onConfirm(typed)}
          className="whitespace-normal"
        >
          {confirm}
        </Button>
      </div>
    </>
  );
}

interface TypedPhraseProps {
  phrase: string;
  value: string;
  onChange: (value: string) => void;
}

/** The words to type, shown exactly; Enter in the field does nothing. */
export function TypedPhrase({ phrase, value, onChange }: TypedPhraseProps) {
  const id = useId();
  const swallowEnter = (event: KeyboardEvent) => {
    if (event.key === "Enter") event.preventDefault();
  };
  return (
    <div className="flex flex-col gap-1.5">
      <Label htmlFor={id}>
        Type{" "}
        <code
          translate="no"
          className="rounded-sm bg-sunken px-1 py-0.5 font-mono text-sm text-ink select-all"
        >
          {phrase}
        </code>{" "}
        to confirm
      </Label>
      <Input
        id={id}
        exact
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={swallowEnter}
      />
    </div>
  );
}
