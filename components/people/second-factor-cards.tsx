"use client";

import { useState } from "react";

import { useAction } from "#components/live/use-action.ts";
import { PasskeysCard } from "#components/people/passkeys-card.tsx";
import { RecoveryCodesDialog } from "#components/people/recovery-codes-dialog.tsx";
import type { SecurityActions } from "#components/people/security-actions.ts";
import { TotpCard } from "#components/people/totp-card.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import type { SignInMethodsDto } from "#lib/people/schema.ts";

interface SecondFactorCardsProps {
  methods: SignInMethodsDto;
  actions: SecurityActions;
}

const FEW_CODES = 3;

/** Authenticator app, passkeys and recovery codes; new recovery codes are shown once, whatever they came with. */
export function SecondFactorCards({ methods, actions }: SecondFactorCardsProps) {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const hasFactor = methods.totpSince !== null || methods.passkeys.length > 0;
  return (
    <>
      {!hasFactor && (
        <Callout state="warning" title="You have no second factor" live={false}>
          Whoever learns your password can act as you. Some environments let nobody approve or run dangerous
          steps without one.
        </Callout>
      )}
      <TotpCard since={methods.totpSince} actions={actions} onRecoveryCodes={setCodes} />
      <PasskeysCard passkeys={methods.passkeys} actions={actions} onRecoveryCodes={setCodes} />
      {hasFactor && (
        <RecoveryCodesCard left={methods.recoveryCodesLeft} actions={actions} onRecoveryCodes={setCodes} />
      )}
      {codes !== null && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />}
    </>
  );
}

interface RecoveryCodesCardProps {
  left: number;
  actions: SecurityActions;
  onRecoveryCodes: (codes: readonly string[]) => void;
}

function RecoveryCodesCard({ left, actions, onRecoveryCodes }: RecoveryCodesCardProps) {
  const { run, pending, failure } = useAction(actions.renewRecoveryCodes, ({ recoveryCodes }) =>
    onRecoveryCodes(recoveryCodes ?? []),
  );
  return (
    <Card>
      <CardHeader
        title="Recovery codes"
        description="For the day on which the second factor is lost. New ones end the old ones."
        actions={
          <Button pending={pending} onClick={() => run({})}>
            Make new codes
          </Button>
        }
      />
      <CardBody className="flex flex-col gap-3">
        {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
        {left < FEW_CODES ? (
          <Callout state="warning" live={false}>
            {left === 0 ? "None is left." : `Only ${left} left.`} Make new ones, and keep them.
          </Callout>
        ) : (
          <p className="text-base text-ink">{left} are left.</p>
        )}
      </CardBody>
    </Card>
  );
}
