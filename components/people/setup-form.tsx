"use client";

import type { SubmitEvent } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { formValues } from "#components/people/form-values.ts";
import { NewPasswordField } from "#components/people/new-password-field.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

interface SetupFormProps {
  action: Action;
  token: string;
}

export function SetupForm({ action, token }: SetupFormProps) {
  const { run, pending, failure } = useAction(action, () => window.location.assign("/"));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    run({ ...formValues(event.currentTarget), token });
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      <Field
        label="Name"
        hint="Stands beside everything that you do."
        error={failure?.fields["name"]}
        required
      >
        <Input name="name" autoComplete="name" maxLength={80} />
      </Field>
      <Field label="E-mail address" hint="You sign in with it." error={failure?.fields["email"]} required>
        <Input name="email" type="email" autoComplete="username" />
      </Field>
      <NewPasswordField name="password" label="Password" error={failure?.fields["password"]} />
      <Button type="submit" variant="primary" size="lg" pending={pending}>
        Create the administrator
      </Button>
    </form>
  );
}
