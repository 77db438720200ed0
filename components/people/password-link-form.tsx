"use client";

import type { SubmitEvent } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { formValues } from "#components/people/form-values.ts";
import { NewPasswordField } from "#components/people/new-password-field.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

interface PasswordLinkFormProps {
  action: Action;
  token: string;
  email: string;
}

export function PasswordLinkForm({ action, token, email }: PasswordLinkFormProps) {
  const { run, pending, failure } = useAction(action, () => window.location.assign("/sign-in"));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    run({ password: formValues(event.currentTarget)["password"] ?? "", token });
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      <p className="text-base text-ink-muted">
        You sign in as <span className="font-medium text-ink">{email}</span>.
      </p>
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <NewPasswordField name="password" label="Password" error={failure?.fields["password"]} />
      <Button type="submit" variant="primary" size="lg" pending={pending}>
        Set the password
      </Button>
    </form>
  );
}
