"use client";

import { KeyRound } from "lucide-react";
import { useState, type SubmitEvent } from "react";

import { useAction } from "#components/live/use-action.ts";
import { formValues } from "#components/people/form-values.ts";
import { passkeyAction } from "#components/people/passkey-action.ts";
import { SecondFactorForm } from "#components/people/second-factor-form.tsx";
import type { SignInActions } from "#components/people/sign-in-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { SecondFactorChoices } from "#lib/people/schema.ts";

interface SignInFormProps {
  actions: SignInActions;
  /** Where to go afterwards, a path of this console. */
  next: string;
  /** A sign-in of this browser that waits for its second factor. */
  pending: SecondFactorChoices | null;
  /** What stands on the button of the provider; null where there is none. */
  provider: string | null;
  /** Why the provider's answer let nobody in. */
  refusal: string | null;
}

/** What was typed stays when it is refused. Afterwards the whole page is loaded anew, as the person that it is now for. */
export function SignInForm({ actions, next, pending, provider, refusal }: SignInFormProps) {
  const [choices, setChoices] = useState(pending);
  const enter = () => window.location.assign(next);
  if (choices !== null) {
    return (
      <SecondFactorForm
        actions={actions}
        choices={choices}
        onSignedIn={enter}
        onCancelled={() => setChoices(null)}
      />
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {refusal !== null && <Callout state="blocked">{refusal}</Callout>}
      <PasswordForm actions={actions} onSignedIn={enter} onSecondFactor={setChoices} />
      <OtherWays actions={actions} next={next} provider={provider} onSignedIn={enter} />
      <p className="text-sm text-ink-muted">
        Password or second factor lost? An administrator can help; whoever has the host can make a link with{" "}
        <code className="font-mono text-ink">npm run -s lockstep -- recovery-link --email ADDRESS</code>.
      </p>
    </div>
  );
}

interface PasswordFormProps {
  actions: SignInActions;
  onSignedIn: () => void;
  onSecondFactor: (choices: SecondFactorChoices) => void;
}

function PasswordForm({ actions, onSignedIn, onSecondFactor }: PasswordFormProps) {
  const { run, pending, failure } = useAction(actions.signIn, (choices) =>
    choices === null ? onSignedIn() : onSecondFactor(choices),
  );
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
    </form>
  );
}

interface OtherWaysProps {
  actions: SignInActions;
  next: string;
  provider: string | null;
  onSignedIn: () => void;
}

function OtherWays({ actions, next, provider, onSignedIn }: OtherWaysProps) {
  const passkey = useAction(passkeyAction(actions.beginPasskey, actions.signInWithPasskey), onSignedIn);
  const redirect = useAction(actions.beginProvider, (url) => window.location.assign(url));
  const failure = passkey.failure ?? redirect.failure;
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      {provider !== null && (
        <Button size="lg" pending={redirect.pending} onClick={() => redirect.run({ next })}>
          {provider}
        </Button>
      )}
      <Button size="lg" pending={passkey.pending} onClick={() => passkey.run({})}>
        <KeyRound aria-hidden />
        Use a passkey
      </Button>
    </div>
  );
}
