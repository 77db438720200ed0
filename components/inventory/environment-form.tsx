"use client";

import { useRouter } from "next/navigation";

import { FormSection, FormShell } from "#components/inventory/form-shell.tsx";
import { useFormValues } from "#components/inventory/use-form-values.ts";
import { type Action, useAction } from "#components/live/use-action.ts";
import { cn } from "#components/ui/cn.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import {
  ENVIRONMENT_COLOURS,
  TIERS,
  type EnvironmentColour,
  type EnvironmentDto,
} from "#lib/inventory/schema.ts";

interface EnvironmentFormProps {
  /** Absent for a new one. */
  environment?: EnvironmentDto;
  save: Action<{ id: string }>;
}

/** Adds or changes an environment. */
export function EnvironmentForm({ environment, save }: EnvironmentFormProps) {
  const router = useRouter();
  const { run, pending, failure } = useAction(save, ({ id }) => router.push(`/environments/${id}`));
  const { values, set, text } = useFormValues({
    name: environment?.name ?? "",
    tier: environment?.tier ?? "development",
    colour: environment?.colour ?? "blue",
    contact: environment?.contact ?? "",
    quietWindowSeconds: String(environment?.quietWindowSeconds ?? 120),
  });
  const errors = failure?.fields ?? {};
  const seen = environment === undefined ? {} : { id: environment.id, seenVersion: environment.version };
  return (
    <FormShell
      submit={environment === undefined ? "Add environment" : "Save environment"}
      cancelHref={environment === undefined ? "/environments" : `/environments/${environment.id}`}
      pending={pending}
      failure={failure}
      onSubmit={() => run({ ...values, ...seen })}
    >
      <FormSection title="Environment">
        <Field label="Name" required error={errors["name"]} hint="Shown on every page that acts in it.">
          <Input {...text("name")} autoComplete="off" />
        </Field>
        <Field label="Tier" required error={errors["tier"]} hint="Production carries an icon everywhere.">
          <Select {...text("tier")}>
            {TIERS.map((tier) => (
              <option key={tier} value={tier}>
                {tier}
              </option>
            ))}
          </Select>
        </Field>
        <ColourChoice value={values.colour} onChange={(colour) => set("colour", colour)} />
      </FormSection>
      <FormSection title="In an incident">
        <Field
          label="Whom to call"
          optional
          error={errors["contact"]}
          hint="Names, telephone numbers, channels. Shown on every incident, when nobody has time to look for it."
        >
          <Textarea rows={4} {...text("contact")} />
        </Field>
      </FormSection>
      <FormSection title="Proof that clients are stopped">
        <Field
          label="Quiet window in seconds"
          required
          error={errors["quietWindowSeconds"]}
          hint="Idle clients write about once a minute, so everything must stand still for at least 120 seconds before it counts as proven."
        >
          <Input {...text("quietWindowSeconds")} inputMode="numeric" exact className="max-w-40" />
        </Field>
      </FormSection>
    </FormShell>
  );
}

function ColourChoice({
  value,
  onChange,
}: {
  value: EnvironmentColour;
  onChange: (colour: EnvironmentColour) => void;
}) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium text-ink">Colour of its band</legend>
      <div className="flex flex-wrap gap-2">
        {ENVIRONMENT_COLOURS.map((colour) => (
          <label
            key={colour}
            data-env={colour}
            className={cn(
              "inline-flex cursor-pointer items-center gap-2 rounded-md border px-2 py-1 text-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              colour === value
                ? "border-env bg-env-soft font-medium text-env-ink"
                : "border-line text-ink-muted hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name="colour"
              value={colour}
              checked={colour === value}
              onChange={() => onChange(colour)}
              className="sr-only"
            />
            <span aria-hidden className="size-3 rounded-full bg-env" />
            {colour}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
