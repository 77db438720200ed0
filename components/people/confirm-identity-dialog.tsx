"use client";

import { KeyRound } from "lucide-react";
import { useEffect, useEffectEvent, useId, useState, type SubmitEvent } from "react";

import { useAction } from "#components/live/use-action.ts";
import { FactorCodeField } from "#components/people/factor-code-field.tsx";
import { formValues } from "#components/people/form-values.ts";
import { onIdentityAnnounced } from "#components/people/identity-channel.ts";
import { type IdentityMeans, useIdentityMeans } from "#components/people/identity-means.ts";
import { passkeyAction } from "#components/people/passkey-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { Freshness } from "#lib/people/schema.ts";

interface ConfirmIdentityDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Both parts of the proof stand now: repeat what was asked for. */
  onConfirmed: () => void;
}

/** Asks who sits there before a dangerous act. Opens above whatever is open, and leaves that as it is. */
export function ConfirmIdentityDialog({ open, onOpenChange, onConfirmed }: ConfirmIdentityDialogProps) {
  const means = useIdentityMeans();
  const formId = useId();
  if (means === null) return null;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Confirm who you are"
      description="This takes a fresh proof. It counts for five minutes, and then what you asked for goes on."
    >
      {open && <ConfirmIdentityForm id={formId} means={means} onConfirmed={onConfirmed} />}
    </Dialog>
  );
}

interface ConfirmIdentityFormProps {
  id: string;
  means: IdentityMeans;
  onConfirmed: () => void;
}

function ConfirmIdentityForm({ id, means, onConfirmed }: ConfirmIdentityFormProps) {
  const { methods } = means;
  const [fresh, setFresh] = useState<Freshness>({ identity: false, secondFactor: false });
  const settle = (now: Freshness) => {
    setFresh(now);
    if (now.identity && now.secondFactor) onConfirmed();
  };
  const typed = useAction(means.confirm, settle);
  const passkey = useAction(passkeyAction(means.beginPasskey, means.confirmWithPasskey), settle);
  useConfirmedElsewhere(onConfirmed);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { password = "", code = "" } = formValues(event.currentTarget);
    typed.run({ password, code });
  };
  const failure = typed.failure ?? passkey.failure;
  const asksPassword = methods.hasPassword && !fresh.identity;
  const asksCode = (methods.totpSince !== null || methods.passkeys.length > 0) && !fresh.secondFactor;
  return (
    <div className="flex flex-col gap-4">
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      {fresh.identity && failure === null && (
        <Callout state="note">The first part is confirmed. Now the second factor.</Callout>
      )}
      {methods.passkeys.length > 0 && (
        <Button variant="primary" pending={passkey.pending} onClick={() => passkey.run({})}>
          <KeyRound aria-hidden />
          Use a passkey
        </Button>
      )}
      {methods.provider !== null && !fresh.identity && (
        <LinkButton href="/sign-in/confirm" target="_blank" prefetch={false}>
          {methods.provider}, in a new tab
        </LinkButton>
      )}
      {(asksPassword || asksCode) && (
        <form id={id} noValidate onSubmit={submit} className="flex flex-col gap-4">
          {asksPassword && (
            <Field label="Your password" error={failure?.fields["password"]}>
              <Input name="password" type="password" autoComplete="current-password" />
            </Field>
          )}
          {asksCode && <FactorCodeField error={failure?.fields["code"]} />}
          <Button
            type="submit"
            variant={methods.passkeys.length > 0 ? "secondary" : "primary"}
            pending={typed.pending}
            className="self-start"
          >
            Confirm
          </Button>
        </form>
      )}
    </div>
  );
}

/** The provider's answer arrives in another tab. */
function useConfirmedElsewhere(onConfirmed: () => void) {
  const confirmed = useEffectEvent(onConfirmed);
  useEffect(() => onIdentityAnnounced(() => confirmed()), []);
}
