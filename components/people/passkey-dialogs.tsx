"use client";

import { useId, useState, type SubmitEvent } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { formValues } from "#components/people/form-values.ts";
import { newPasskeyAction } from "#components/people/passkey-action.ts";
import type { SecurityActions } from "#components/people/security-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

interface AddPasskeyDialogProps {
  actions: SecurityActions;
  onRecoveryCodes: (codes: readonly string[]) => void;
}

export function AddPasskeyDialog({ actions, onRecoveryCodes }: AddPasskeyDialogProps) {
  const formId = useId();
  const [open, setOpen] = useState(false);
  const add = newPasskeyAction(actions.beginPasskey, actions.registerPasskey);
  const { run, pending, failure, clear } = useAction(add, ({ recoveryCodes }) => {
    setOpen(false);
    if (recoveryCodes !== null) onRecoveryCodes(recoveryCodes);
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    run(formValues(event.currentTarget)["name"]?.trim() || "Passkey");
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        clear();
        setOpen(next);
      }}
      trigger={<Button>Add a passkey</Button>}
      title="Add a passkey"
      description="Your browser asks where to keep it, and makes sure that it is you."
      footer={
        <Button type="submit" form={formId} variant="primary" pending={pending}>
          Make the passkey
        </Button>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
        <Field
          label="Name"
          hint="By which you recognise it, such as the device that holds it."
          error={failure?.fields["name"]}
        >
          <Input name="name" autoComplete="off" maxLength={60} defaultValue="Passkey" />
        </Field>
      </form>
    </Dialog>
  );
}

interface RenamePasskeyDialogProps {
  passkey: { readonly id: string; readonly name: string };
  rename: Action;
  onClose: () => void;
}

export function RenamePasskeyDialog({ passkey, rename, onClose }: RenamePasskeyDialogProps) {
  const formId = useId();
  const { run, pending, failure } = useAction(rename, onClose);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    run({ passkeyId: passkey.id, name: formValues(event.currentTarget)["name"] ?? "" });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Rename ${passkey.name}`}
      footer={
        <Button type="submit" form={formId} variant="primary" pending={pending}>
          Rename the passkey
        </Button>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
        <Field label="Name" error={failure?.fields["name"]} required>
          <Input name="name" autoComplete="off" maxLength={60} defaultValue={passkey.name} />
        </Field>
      </form>
    </Dialog>
  );
}
