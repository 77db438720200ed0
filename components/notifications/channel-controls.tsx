"use client";

import { KeyRound, Power, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { type Action, useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { SigningSecretNotice } from "#components/notifications/signing-secret-notice.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import type { ChannelDto } from "#lib/notifications/schema.ts";

type Channel = Pick<ChannelDto, "id" | "name" | "version" | "enabled">;

/** Switches a channel on or off at once. */
export function SwitchChannel({ channel, action }: { channel: Channel; action: Action }) {
  const { run, pending, failure } = useAction(action);
  const { id, version, enabled } = channel;
  return (
    <>
      <Button pending={pending} onClick={() => run({ id, seenVersion: version, enabled: !enabled })}>
        <Power aria-hidden />
        {enabled ? "Switch off" : "Switch on"}
      </Button>
      <ActionFailureCallout failure={failure} />
    </>
  );
}

/** Removes a channel after asking. */
export function RemoveChannel({ channel, action }: { channel: Channel; action: Action }) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const { run, pending, failure, clear } = useAction(action, () => router.push("/notifications"));
  return (
    <>
      <Button variant="ghost" onClick={() => setOpen(true)}>
        <Trash2 aria-hidden />
        Remove
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={(next) => {
          clear();
          setOpen(next);
        }}
        title={`Remove the channel ${channel.name}`}
        description="Its address and secrets are deleted, and nothing is told through it any more. What it delivered stays in the log. It cannot be brought back."
        destructive
        pending={pending}
        error={failure?.message ?? null}
        onConfirm={() => run({ id: channel.id, seenVersion: channel.version })}
      />
    </>
  );
}

/** Replaces the signing secret of a webhook and shows the new one this once. */
export function RotateSecret({
  channel,
  action,
}: {
  channel: Channel;
  action: Action<{ signingSecret: string }>;
}) {
  const [open, setOpen] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const { run, pending, failure, clear } = useAction(action, ({ signingSecret }) => {
    setSecret(signingSecret);
    setOpen(false);
  });
  return (
    <Card aria-label="Signing secret">
      <CardHeader
        title="Signing secret"
        description="The receiver checks with it that a message is from this console. Replace it when somebody else may know it."
        actions={
          <Button onClick={() => setOpen(true)}>
            <KeyRound aria-hidden />
            Replace the secret
          </Button>
        }
      />
      {secret !== null && (
        <CardBody>
          <SigningSecretNotice secret={secret} />
        </CardBody>
      )}
      <ConfirmDialog
        open={open}
        onOpenChange={(next) => {
          clear();
          setOpen(next);
        }}
        title={`Replace the signing secret of ${channel.name}`}
        description="From now on messages are signed with the new secret alone: until the receiver knows it, it will refuse them, and they are tried again for some hours."
        pending={pending}
        error={failure?.message ?? null}
        onConfirm={() => run({ id: channel.id, seenVersion: channel.version })}
      />
    </Card>
  );
}
