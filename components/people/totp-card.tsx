"use client";

import { useState } from "react";

import { Time } from "#components/live/time.tsx";
import { useAction } from "#components/live/use-action.ts";
import type { SecurityActions } from "#components/people/security-actions.ts";
import { TotpDialog } from "#components/people/totp-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";

interface TotpCardProps {
  since: string | null;
  actions: SecurityActions;
  onRecoveryCodes: (codes: readonly string[]) => void;
}

export function TotpCard({ since, actions, onRecoveryCodes }: TotpCardProps) {
  return (
    <Card>
      <CardHeader
        title="Authenticator app"
        description="An app on your phone shows a code that changes every 30 seconds. Sign-in asks for it after your password."
        actions={
          since === null ? (
            <SetUp actions={actions} onRecoveryCodes={onRecoveryCodes} />
          ) : (
            <Remove actions={actions} />
          )
        }
      />
      <CardBody>
        {since === null ? (
          <p className="text-base text-ink-muted">None is in use.</p>
        ) : (
          <p className="text-base text-ink">
            In use since <Time at={since} />.
          </p>
        )}
      </CardBody>
    </Card>
  );
}

function SetUp({ actions, onRecoveryCodes }: Omit<TotpCardProps, "since">) {
  const [enrolment, setEnrolment] = useState<{ secret: string; uri: string } | null>(null);
  const { run, pending, failure } = useAction(actions.beginTotp, setEnrolment);
  return (
    <>
      <Button pending={pending} onClick={() => run({})}>
        Set up an app
      </Button>
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      {enrolment !== null && (
        <TotpDialog
          enrolment={enrolment}
          confirm={actions.confirmTotp}
          onClose={() => setEnrolment(null)}
          onConfirmed={({ recoveryCodes }) => {
            setEnrolment(null);
            if (recoveryCodes !== null) onRecoveryCodes(recoveryCodes);
          }}
        />
      )}
    </>
  );
}

function Remove({ actions }: { actions: SecurityActions }) {
  const [open, setOpen] = useState(false);
  const { run, pending, failure } = useAction(actions.removeTotp, () => setOpen(false));
  return (
    <>
      <Button onClick={() => setOpen(true)}>Remove the app</Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title="Remove the authenticator app"
        description="Sign-in does not ask for its codes any more. If it is your last second factor, the recovery codes go too, and what a policy protects is closed to you."
        pending={pending}
        error={failure?.message ?? null}
        onConfirm={() => run({})}
      />
    </>
  );
}
