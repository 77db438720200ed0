"use client";

import { KeyRound } from "lucide-react";
import { useId, useState, type SubmitEvent } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { NewTokenNotice } from "#components/tokens/new-token-notice.tsx";
import { TokenFields } from "#components/tokens/token-fields.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { NewTokenDto } from "#lib/tokens/schema.ts";

interface CreateTokenDialogProps {
  action: Action<NewTokenDto>;
  environments: readonly { id: string; name: string }[];
  canNameMachines: boolean;
}

export function CreateTokenDialog({ action, environments, canNameMachines }: CreateTokenDialogProps) {
  const formId = useId();
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<NewTokenDto | null>(null);
  const { run, pending, failure, clear } = useAction(action, setMade);
  const toggle = (next: boolean) => {
    clear();
    setMade(null);
    setOpen(next);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    run(tokenOf(new FormData(event.currentTarget)));
  };
  return (
    <Dialog
      open={open}
      onOpenChange={toggle}
      trigger={
        <Button variant="primary">
          <KeyRound aria-hidden />
          Make a token
        </Button>
      }
      title="Make an API token"
      description="A token reads what you may read, as long as you may. It never approves or executes anything."
      footer={
        made === null ? (
          <Button type="submit" form={formId} variant="primary" pending={pending}>
            Make the token
          </Button>
        ) : (
          <Button onClick={() => toggle(false)}>Close</Button>
        )
      }
    >
      {made === null ? (
        <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
          {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
          <TokenFields
            environments={environments}
            canNameMachines={canNameMachines}
            fields={failure?.fields ?? {}}
          />
        </form>
      ) : (
        <NewTokenNotice token={made} />
      )}
    </Dialog>
  );
}

function tokenOf(data: FormData) {
  return {
    name: data.get("name"),
    machine: data.get("for") === "machine",
    scopes: data.getAll("scope"),
    environmentIds: data.get("where") === "some" ? data.getAll("environment") : null,
    days: Number(data.get("days")),
  };
}
