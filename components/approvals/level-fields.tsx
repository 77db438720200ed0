"use client";

import { ApproversField } from "#components/approvals/approvers-field.tsx";
import { DANGER_MEANINGS, DANGER_WORDS } from "#components/approvals/approval-words.ts";
import type { LevelValues } from "#components/approvals/policy-values.ts";
import { SpanField } from "#components/approvals/span-field.tsx";
import { FormSection } from "#components/inventory/form-shell.tsx";
import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { APPROVALS_MAX, type PolicyDto } from "#lib/approvals/schema.ts";
import type { Danger } from "#lib/engine/unit.ts";

interface LevelFieldsProps {
  level: Danger;
  values: LevelValues;
  onChange: (values: LevelValues) => void;
  people: PolicyDto["people"];
  errors: FieldErrors;
}

/** What one danger level asks for. Where it asks nobody, nothing else needs to be said. */
export function LevelFields({ level, values, onChange, people, errors }: LevelFieldsProps) {
  const set = (change: Partial<LevelValues>) => onChange({ ...values, ...change });
  const error = (field: string) => errors[`policy.levels.${level}.${field}`];
  return (
    <FormSection title={`Steps that are ${DANGER_WORDS[level]}`} description={DANGER_MEANINGS[level]}>
      <Field label="People who must approve" error={error("people")}>
        <Select
          className="max-w-64"
          value={values.people}
          onChange={(event) => set({ people: Number(event.target.value) })}
        >
          {Array.from({ length: APPROVALS_MAX + 1 }, (_, people) => (
            <option key={people} value={people}>
              {people === 0 ? "nobody: no approval is asked" : people}
            </option>
          ))}
        </Select>
      </Field>
      {values.people > 0 && (
        <>
          <ApproversField
            legend="Who may approve"
            value={values.approvers}
            onChange={(approvers) => set({ approvers })}
            people={people}
            error={error("approvers")}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <SpanField
              label="A request waits for"
              hint="After that it has to be asked again."
              value={values.request}
              onChange={(request) => set({ request })}
              error={error("requestMinutes")}
            />
            <SpanField
              label="An approval may be used for"
              hint="From the last approval that was needed."
              value={values.execution}
              onChange={(execution) => set({ execution })}
              error={error("executionMinutes")}
            />
          </div>
          <Checkbox
            label="The glass can be broken"
            hint="Somebody goes ahead without the approvals, with a reason. Everybody who was skipped is told, the mark stays, and a review is owed."
            checked={values.breakable}
            onChange={(event) => set({ breakable: event.target.checked })}
          />
          {values.breakable && (
            <ApproversField
              legend="Who may break the glass"
              value={values.breakers}
              onChange={(breakers) => set({ breakers })}
              people={people}
              error={error("breakGlass")}
            />
          )}
        </>
      )}
    </FormSection>
  );
}
