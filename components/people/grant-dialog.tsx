"use client";

import { useId, type SubmitEvent } from "react";

import { useAction } from "#components/live/use-action.ts";
import { formValues } from "#components/people/form-values.ts";
import type { EnvironmentChoice, PeopleActions } from "#components/people/people-actions.ts";
import { RoleFields } from "#components/people/role-fields.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { PersonDto } from "#lib/people/schema.ts";

interface GrantDialogProps {
  person: PersonDto;
  environments: readonly EnvironmentChoice[];
  grantRole: PeopleActions["grantRole"];
  onClose: () => void;
}

export function GrantDialog({ person, environments, grantRole, onClose }: GrantDialogProps) {
  const formId = useId();
  const { run, pending, failure } = useAction(grantRole, onClose);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { role, environmentId } = formValues(event.currentTarget);
    run({ personId: person.id, role, environmentId: environmentId || null });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Grant a role to ${person.name}`}
      footer={
        <Button type="submit" form={formId} variant="primary" pending={pending}>
          Grant the role
        </Button>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
        <RoleFields environments={environments} fields={failure?.fields ?? {}} />
      </form>
    </Dialog>
  );
}
