"use client";

import { KeyRound } from "lucide-react";
import { useState } from "react";

import { Time } from "#components/live/time.tsx";
import { useAction } from "#components/live/use-action.ts";
import { AddPasskeyDialog, RenamePasskeyDialog } from "#components/people/passkey-dialogs.tsx";
import type { SecurityActions } from "#components/people/security-actions.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import type { SignInMethodsDto } from "#lib/people/schema.ts";

type Passkey = SignInMethodsDto["passkeys"][number];
type Opened = { readonly kind: "rename" | "remove"; readonly passkey: Passkey };

interface PasskeysCardProps {
  passkeys: readonly Passkey[];
  actions: SecurityActions;
  onRecoveryCodes: (codes: readonly string[]) => void;
}

export function PasskeysCard({ passkeys, actions, onRecoveryCodes }: PasskeysCardProps) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => setOpened(null);
  return (
    <Card>
      <CardHeader
        title="Passkeys"
        description="A key in your device, your phone or a stick. It signs you in without a password, and counts as second factor."
        actions={<AddPasskeyDialog actions={actions} onRecoveryCodes={onRecoveryCodes} />}
      />
      <CardBody>
        {passkeys.length === 0 && <p className="text-base text-ink-muted">You have none.</p>}
        <ul
          aria-label="Passkeys"
          className="flex flex-col divide-y divide-line"
          hidden={passkeys.length === 0}
        >
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} open={setOpened} />
          ))}
        </ul>
      </CardBody>
      {opened?.kind === "rename" && (
        <RenamePasskeyDialog passkey={opened.passkey} rename={actions.renamePasskey} onClose={close} />
      )}
      {opened?.kind === "remove" && (
        <RemovePasskey passkey={opened.passkey} actions={actions} onClose={close} />
      )}
    </Card>
  );
}

function PasskeyRow({ passkey, open }: { passkey: Passkey; open: (opened: Opened) => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5">
      <KeyRound aria-hidden className="size-4 shrink-0 text-ink-muted" />
      <div className="min-w-0 grow basis-52">
        <p className="font-medium break-words text-ink">
          {passkey.name} {passkey.synced && <Badge>synced by its maker</Badge>}
        </p>
        <p className="text-sm text-ink-muted">
          Added <Time at={passkey.createdAt} />
          {passkey.lastUsedAt === null ? (
            ", never used"
          ) : (
            <>
              , used <Time at={passkey.lastUsedAt} />
            </>
          )}
        </p>
      </div>
      <div className="flex gap-2">
        <Button
          size="sm"
          aria-label={`Rename ${passkey.name}`}
          onClick={() => open({ kind: "rename", passkey })}
        >
          Rename
        </Button>
        <Button
          size="sm"
          aria-label={`Remove ${passkey.name}`}
          onClick={() => open({ kind: "remove", passkey })}
        >
          Remove
        </Button>
      </div>
    </li>
  );
}

interface RemovePasskeyProps {
  passkey: Passkey;
  actions: SecurityActions;
  onClose: () => void;
}

function RemovePasskey({ passkey, actions, onClose }: RemovePasskeyProps) {
  const { run, pending, failure } = useAction(actions.removePasskey, onClose);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Remove ${passkey.name}`}
      description="It does not sign you in any more. Delete it on the device too. If it is your last second factor, the recovery codes go with it."
      pending={pending}
      error={failure?.message ?? null}
      onConfirm={() => run({ passkeyId: passkey.id })}
    />
  );
}
