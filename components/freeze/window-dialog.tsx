"use client";

import { useId, type FormEvent } from "react";

import { windowInput, WINDOW_START, type WindowValues } from "#components/freeze/window-values.ts";
import { OnceFields, WeeklyFields } from "#components/freeze/window-fields.tsx";
import { useFormValues } from "#components/inventory/use-form-values.ts";
import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { ChoiceCards } from "#components/migrations/choice-cards.tsx";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";

interface WindowDialogProps {
  environment: { id: string; name: string };
  add: Action;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

const KINDS = [
  { id: "open", title: "Open", description: "New work starts only inside an open window." },
  { id: "closed", title: "Closed", description: "Nothing new starts inside it." },
];

/** Adds a maintenance window, all of it in UTC. */
export function WindowDialog({ environment, add, open, onOpenChange }: WindowDialogProps) {
  const formId = useId();
  const { values, set, text } = useFormValues<WindowValues>(WINDOW_START);
  const { run, pending, failure, clear } = useAction(add, () => onOpenChange(false));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run({ environmentId: environment.id, ...windowInput(values) });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        clear();
        onOpenChange(next);
      }}
      title={`Add a maintenance window to ${environment.name}`}
      description="All times are UTC."
      footer={
        <Button type="submit" form={formId} variant="primary" pending={pending}>
          Add the window
        </Button>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <ChoiceCards
          legend="Kind"
          choices={KINDS}
          value={values.kind}
          onChange={(kind) => set("kind", kind === "closed" ? "closed" : "open")}
        />
        <Field label="Repeats">
          <Select
            value={values.repeats}
            onChange={(event) => set("repeats", event.target.value === "once" ? "once" : "weekly")}
          >
            <option value="weekly">every week</option>
            <option value="once">once</option>
          </Select>
        </Field>
        {values.repeats === "weekly" ? (
          <WeeklyFields values={values} set={set} errors={failure?.fields ?? {}} />
        ) : (
          <OnceFields values={values} set={set} errors={failure?.fields ?? {}} />
        )}
        <Field label="Note" optional error={failure?.fields["note"]}>
          <Input {...text("note")} autoComplete="off" />
        </Field>
        <ActionFailureCallout failure={failure} />
      </form>
    </Dialog>
  );
}
