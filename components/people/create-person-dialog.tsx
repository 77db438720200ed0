"use client";

import { UserPlus } from "lucide-react";
import { useId, useState, type SubmitEvent } from "react";

import { useAction } from "#components/live/use-action.ts";
import { formValues } from "#components/people/form-values.ts";
import { OneTimeLinkNotice } from "#components/people/one-time-link-notice.tsx";
import type { EnvironmentChoice, PeopleActions } from "#components/people/people-actions.ts";
import { RoleFields } from "#components/people/role-fields.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { OneTimeLinkDto } from "#lib/people/schema.ts";

interface CreatePersonDialogProps {
  actions: PeopleActions;
  environments: readonly EnvironmentChoice[];
}

export function CreatePersonDialog({ actions, environments }: CreatePersonDialogProps) {
  const formId = useId();
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<{ name: string; link: OneTimeLinkDto } | null>(null);
  const [name, setName] = useState("");
  const { run, pending, failure, clear } = useAction(actions.createPerson, ({ link }) =>
    setMade({ name, link }),
  );
  const toggle = (next: boolean) => {
    clear();
    setMade(null);
    setName("");
    setOpen(next);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { role, environmentId, ...rest } = formValues(event.currentTarget);
    run({ ...rest, role: role || null, environmentId: environmentId || null });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={toggle}
      trigger={
        <Button variant="primary">
          <UserPlus aria-hidden />
          Add a person
        </Button>
      }
      title="Add a person"
      description="They get a link with which they choose their password."
      footer={
        made === null ? (
          <Button type="submit" form={formId} variant="primary" pending={pending}>
            Add the person
          </Button>
        ) : (
          <Button onClick={() => toggle(false)}>Close</Button>
        )
      }
    >
      {made !== null && <OneTimeLinkNotice link={made.link} name={made.name} />}
      <form id={formId} noValidate onSubmit={submit} hidden={made !== null} className="flex flex-col gap-4">
        {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
        <Field label="Name" error={failure?.fields["name"]} required>
          <Input
            name="name"
            autoComplete="off"
            maxLength={80}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label="E-mail address" error={failure?.fields["email"]} required>
          <Input name="email" type="email" autoComplete="off" />
        </Field>
        <RoleFields environments={environments} fields={failure?.fields ?? {}} optional />
      </form>
    </Dialog>
  );
}
