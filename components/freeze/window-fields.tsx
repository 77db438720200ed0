"use client";

import { SpanField } from "#components/approvals/span-field.tsx";
import { WEEKDAY_WORDS } from "#components/freeze/freeze-words.ts";
import type { WindowValues } from "#components/freeze/window-values.ts";
import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { WEEKDAYS } from "#lib/freeze/schema.ts";

interface WindowFieldsProps {
  values: WindowValues;
  set: <Key extends keyof WindowValues>(key: Key, value: WindowValues[Key]) => void;
  errors: FieldErrors;
}

/** Days, start and length of a window that comes back every week. */
export function WeeklyFields({ values, set, errors }: WindowFieldsProps) {
  const { days } = values;
  const toggle = (day: number) =>
    set("days", days.includes(day) ? days.filter((one) => one !== day) : [...days, day]);
  return (
    <>
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium text-ink">Days</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-2">
          {WEEKDAYS.map((day) => (
            <Checkbox
              key={day}
              label={WEEKDAY_WORDS[day]}
              checked={days.includes(day)}
              onChange={() => toggle(day)}
              aria-invalid={errors["times.days"] !== undefined || undefined}
            />
          ))}
        </div>
        {errors["times.days"] !== undefined && (
          <p className="mt-1.5 text-sm text-blocked">{errors["times.days"]}</p>
        )}
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Starts at, UTC"
          required
          error={
            errors["times.startMinute"] === undefined ? null : "Enter a time of day from 00:00 to 23:59."
          }
        >
          <Input
            exact
            inputMode="numeric"
            placeholder="22:00"
            value={values.start}
            onChange={(event) => set("start", event.target.value)}
            className="max-w-32"
          />
        </Field>
        <SpanField
          label="Lasts"
          hint="At most one week; it may run past midnight."
          value={values.length}
          onChange={(length) => set("length", length)}
          error={errors["times.durationMinutes"]}
        />
      </div>
    </>
  );
}

/** From when to when a window lasts that comes once. */
export function OnceFields({ values, set, errors }: WindowFieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="From, UTC"
        required
        error={errors["times.from"] === undefined ? null : "Enter a date and a time."}
      >
        <Input
          type="datetime-local"
          value={values.from}
          onChange={(event) => set("from", event.target.value)}
        />
      </Field>
      <Field label="To, UTC" required error={toError(values, errors)}>
        <Input type="datetime-local" value={values.to} onChange={(event) => set("to", event.target.value)} />
      </Field>
    </div>
  );
}

function toError({ to }: WindowValues, errors: FieldErrors): string | null {
  if (errors["times.to"] === undefined) return null;
  return to === "" ? "Enter a date and a time." : errors["times.to"];
}
