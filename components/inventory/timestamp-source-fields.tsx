"use client";

import { FormSection } from "#components/inventory/form-shell.tsx";
import type { TextControl } from "#components/inventory/environment-and-name.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import type { InventoryRef, TimestampSource } from "#lib/inventory/schema.ts";

interface TimestampSourceFieldsProps {
  source: TimestampSource;
  onSource: (source: TimestampSource) => void;
  cluster: TextControl;
  namespace: TextControl;
  clusters: readonly InventoryRef[];
  errors: Readonly<Record<string, string>>;
}

const CHOICES = [
  {
    value: "embedded",
    label: "Its own store",
    hint: "No timelock block in the configuration: the bound is kept in the store.",
  },
  {
    value: "timelock",
    label: "TimeLock",
    hint: "The configuration has a timelock or timelockRuntime block.",
  },
] as const;

/** Where the service takes its timestamps from today. This records it; it changes no system. */
export function TimestampSourceFields({
  source,
  onSource,
  cluster,
  namespace,
  clusters,
  errors,
}: TimestampSourceFieldsProps) {
  const embedded = source === "embedded";
  return (
    <FormSection
      title="Timestamps today"
      description="This only records how the service runs now. To change it, use “Move to TimeLock”."
    >
      <div className="flex flex-col gap-2">
        {CHOICES.map(({ value, label, hint }) => (
          <div key={value} className="flex items-start gap-2.5">
            <input
              type="radio"
              id={`source-${value}`}
              name="timestampSource"
              value={value}
              checked={source === value}
              aria-describedby={`source-${value}-hint`}
              onChange={() => onSource(value)}
              className="mt-1 size-4 shrink-0 accent-accent-solid"
            />
            <div>
              <label htmlFor={`source-${value}`} className="text-base text-ink">
                {label}
              </label>
              <p id={`source-${value}-hint`} className="text-sm text-ink-muted">
                {hint}
              </p>
            </div>
          </div>
        ))}
      </div>
      <Field
        label="TimeLock cluster"
        required={!embedded}
        optional={embedded}
        error={errors["clusterId"]}
        {...(embedded && { hint: "Where it is to move, if that is known: its namespace is watched then." })}
      >
        <Select {...cluster}>
          <option value="">{embedded ? "None" : "Choose a cluster"}</option>
          {clusters.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field
        label="Namespace"
        required={!embedded}
        optional={embedded}
        error={errors["namespace"]}
        hint="timelock.client or the top-level namespace. A wrong one is no error to TimeLock: it begins a new sequence."
      >
        <Input exact {...namespace} />
      </Field>
    </FormSection>
  );
}
