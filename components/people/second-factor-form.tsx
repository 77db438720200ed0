"use client";

import { KeyRound } from "lucide-react";
import type { SubmitEvent } from "react";

import { useAction } from "#components/live/use-action.ts";
import { FactorCodeField } from "#components/people/factor-code-field.tsx";
import { formValues } from "#components/people/form-values.ts";
import { passkeyAction } from "#components/people/passkey-action.ts";
import type { SignInActions } from "#components/people/sign-in-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { SecondFactorChoices } from "#lib/people/schema.ts";

interface SecondFactorFormProps {
  actions: SignInActions;
  choices: SecondFactorChoices;
  onSignedIn: () => void;
  onCancelled: () => void;
}

/** The second half of a sign-in. */
export function SecondFactorForm({ actions, choices, onSignedIn, onCancelled }: SecondFactorFormProps) {
  const code = useAction(actions.complete, onSignedIn);
  const passkey = useAction(
    passkeyAction(actions.beginPasskeyCompletion, actions.completeWithPasskey),
    onSignedIn,
  );
  const cancel = useAction(actions.cancel, onCancelled);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    code.run(formValues(event.currentTarget));
  };
  const failure = code.failure ?? passkey.failure ?? cancel.failure;
  const asksCode = choices.totp || choices.recoveryCode;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-base text-ink-muted">The first part was right. This account has a second factor.</p>
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      {choices.passkey && (
        <Button variant="primary" size="lg" pending={passkey.pending} onClick={() => passkey.run({})}>
          <KeyRound aria-hidden />
          Use a passkey
        </Button>
      )}
      {asksCode && (
        <form noValidate onSubmit={submit} className="flex flex-col gap-4">
          <FactorCodeField
            error={failure?.fields["code"]}
            {...(choices.totp
              ? {}
              : { label: "Recovery code", hint: "One of the codes that you kept; each works once." })}
          />
          <Button
            type="submit"
            variant={choices.passkey ? "secondary" : "primary"}
            size="lg"
            pending={code.pending}
          >
            Finish signing in
          </Button>
        </form>
      )}
      <Button variant="ghost" pending={cancel.pending} className="self-start" onClick={() => cancel.run({})}>
        Start again
      </Button>
    </div>
  );
}
