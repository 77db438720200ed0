"use client";

import { useRef, type SubmitEvent } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { formValues } from "#components/people/form-values.ts";
import { NewPasswordField } from "#components/people/new-password-field.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { useToast } from "#components/ui/toaster.tsx";

export function ChangePasswordForm({ action, email }: { action: Action; email: string }) {
  const form = useRef<HTMLFormElement>(null);
  const { toast } = useToast();
  const { run, pending, failure } = useAction(action, () => {
    form.current?.reset();
    toast("The password is changed. Your other sessions have ended.");
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { currentPassword, newPassword } = formValues(event.currentTarget);
    run({ currentPassword, newPassword });
  };
  return (
    <form ref={form} noValidate onSubmit={submit} className="flex max-w-md flex-col gap-4">
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <Field label="Current password" error={failure?.fields["currentPassword"]} required>
        <Input name="currentPassword" type="password" autoComplete="current-password" />
      </Field>
      <NewPasswordField name="newPassword" label="New password" error={failure?.fields["newPassword"]} />
      <Button type="submit" variant="primary" pending={pending} className="self-start">
        Change the password
      </Button>
    </form>
  );
}
