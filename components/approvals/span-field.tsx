"use client";

import type { Span, SpanUnit } from "#components/approvals/policy-values.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";

interface SpanFieldProps {
  label: string;
  hint: string;
  value: Span;
  onChange: (value: Span) => void;
  error?: string | undefined;
}

const UNITS: readonly SpanUnit[] = ["minutes", "hours", "days"];

/** A duration: a whole number and its unit. */
export function SpanField({ label, hint, value, onChange, error }: SpanFieldProps) {
  const unit = UNITS.find((one) => one === value.unit) ?? "minutes";
  return (
    <div className="flex items-start gap-2">
      <Field label={label} hint={hint} error={error} required className="min-w-0 grow">
        <div className="flex gap-2">
          <Input
            inputMode="numeric"
            exact
            className="w-24"
            value={value.count}
            onChange={(event) => onChange({ ...value, count: event.target.value })}
          />
          <UnitSelect label={label} unit={unit} onChange={(next) => onChange({ ...value, unit: next })} />
        </div>
      </Field>
    </div>
  );
}

interface UnitSelectProps {
  label: string;
  unit: SpanUnit;
  onChange: (unit: SpanUnit) => void;
}

/** Stands within the field of the number, so it brings its own name and must not take the field's identifier. */
function UnitSelect({ label, unit, onChange }: UnitSelectProps) {
  return (
    <Select
      id={undefined}
      aria-label={`${label}: unit`}
      aria-describedby={undefined}
      required={false}
      className="w-32"
      value={unit}
      onChange={(event) => {
        const chosen = UNITS.find((one) => one === event.target.value);
        if (chosen !== undefined) onChange(chosen);
      }}
    >
      {UNITS.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </Select>
  );
}
