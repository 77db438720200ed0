"use client";

import { useId, type SubmitEvent } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { FactorCodeField } from "#components/people/factor-code-field.tsx";
import { formValues } from "#components/people/form-values.ts";
import { QrCode } from "#components/people/qr-code.tsx";
import type { ShownOnce } from "#components/people/security-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

interface TotpDialogProps {
  enrolment: { secret: string; uri: string };
  confirm: Action<ShownOnce>;
  onClose: () => void;
  onConfirmed: (shown: ShownOnce) => void;
}

/** The secret of an authenticator app, this once, and the first code that proves that it arrived. */
export function TotpDialog({ enrolment, confirm, onClose, onConfirmed }: TotpDialogProps) {
  const formId = useId();
  const { run, pending, failure } = useAction(confirm, onConfirmed);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    run(formValues(event.currentTarget));
  };
  const groups = enrolment.secret.match(/.{1,4}/g) ?? [];
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Set up an authenticator app"
      description="Scan the code with the app, then enter the six digits that it shows. Until then nothing changes."
      footer={
        <Button type="submit" form={formId} variant="primary" pending={pending}>
          Use this app
        </Button>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
        <div className="flex flex-wrap items-start gap-5">
          <QrCode text={enrolment.uri} label="QR code for the authenticator app" />
          <div className="flex min-w-0 grow basis-48 flex-col gap-1.5 text-sm text-ink-muted">
            <p>No camera? Type this secret into the app. It is not shown again.</p>
            <p className="flex items-start gap-1.5">
              <code translate="no" data-secret={enrolment.secret} className="font-mono text-ink">
                {groups.join(" ")}
              </code>
              <CopyButton text={enrolment.secret} label="Copy the secret" />
            </p>
          </div>
        </div>
        <FactorCodeField
          label="Code that the app shows"
          hint="Six digits. If it is refused, check the clock of the device."
          error={failure?.fields["code"]}
        />
      </form>
    </Dialog>
  );
}
