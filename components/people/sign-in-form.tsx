"use client";

import type { SubmitEvent } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { formValues } from "#components/people/form-values.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

interface SignInFormProps {
  action: Action;
  /** Where to go afterwards, a path of this console. */
  next: string;
}

/** What was typed stays when it is refused. Afterwards the whole page is loaded anew, as the person that it is now for. */
export function SignInForm({ action, next }: SignInFormProps) {
  const { run, pending, failure } = useAction(action, () => window.location.assign(next));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    run(formValues(event.currentTarget));
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      <Field label="E-mail address" error={failure?.fields["email"]} required>
        <Input name="email" type="email" autoComplete="username" />
      </Field>
      <Field label="Password" error={failure?.fields["password"]} required>
        <Input name="password" type="password" autoComplete="current-password" />
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={pending}>
        Sign in
      </Button>
      <p className="text-sm text-ink-muted">
        Password forgotten? An administrator can send a new link; whoever has the host can make one with{" "}
        <code className="font-mono text-ink">npm run -s lockstep -- recovery-link --email ADDRESS</code>.
      </p>
    </form>
  );
}
