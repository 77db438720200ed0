"use client";

import { useState } from "react";

import { FormShell } from "#components/inventory/form-shell.tsx";
import { type Action, useAction } from "#components/live/use-action.ts";
import { EventChoices } from "#components/notifications/event-choices.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { useToast } from "#components/ui/toaster.tsx";
import {
  MUTABLE_KINDS,
  NOTIFICATION_KINDS,
  type NotificationKind,
  type PreferencesDto,
  UNMUTABLE_KINDS,
} from "#lib/notifications/schema.ts";

/** What a person is sent by e-mail of what they are asked or what concerns them. */
export function PreferencesForm({ preferences, save }: { preferences: PreferencesDto; save: Action }) {
  const { toast } = useToast();
  const [chosen, setChosen] = useState<readonly NotificationKind[]>(
    NOTIFICATION_KINDS.filter((kind) => !preferences.muted.includes(kind)),
  );
  const [ownActs, setOwnActs] = useState(preferences.ownActs);
  const { run, pending, failure } = useAction(save, () => toast("Saved."));
  const muted = MUTABLE_KINDS.filter((kind) => !chosen.includes(kind));
  return (
    <FormShell
      submit="Save what I am sent"
      cancelHref="/"
      pending={pending}
      failure={failure}
      onSubmit={() => run({ seenVersion: preferences.version, muted, ownActs })}
    >
      <EventChoices
        legend="Send me an e-mail of"
        chosen={chosen}
        onChange={setChosen}
        fixed={UNMUTABLE_KINDS}
      />
      <Checkbox
        label="Also of what I did myself"
        checked={ownActs}
        onChange={(event) => setOwnActs(event.target.checked)}
      />
    </FormShell>
  );
}
