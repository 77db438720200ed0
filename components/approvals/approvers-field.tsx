"use client";

import { useId } from "react";

import { Checkbox } from "#components/ui/checkbox.tsx";
import { APPROVING_ROLES, type Approvers, type PolicyDto } from "#lib/approvals/schema.ts";

type Person = PolicyDto["people"][number];

interface ApproversFieldProps {
  legend: string;
  value: Approvers;
  onChange: (value: Approvers) => void;
  people: readonly Person[];
  error?: string | null | undefined;
}

/** Roles and named people; says at once whom that means today. */
export function ApproversField({ legend, value, onChange, people, error = null }: ApproversFieldProps) {
  const id = useId();
  const accepted = people.filter((person) => accepts(value, person));
  const invalid = error !== null && error !== "";
  return (
    <fieldset
      aria-describedby={invalid ? `${id}-error` : `${id}-now`}
      className="flex min-w-0 flex-col gap-2"
    >
      <legend className="mb-1 text-sm font-medium text-ink">{legend}</legend>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        {APPROVING_ROLES.map((role) => (
          <Checkbox
            key={role}
            label={`every ${role}`}
            checked={value.roles.includes(role)}
            onChange={() => onChange({ ...value, roles: toggled(value.roles, role) })}
          />
        ))}
      </div>
      {people.length > 0 && (
        <details className="group" open={value.people.length > 0}>
          <summary className="w-fit rounded-sm text-sm text-accent">Named people</summary>
          <div className="mt-2 flex flex-col gap-2 border-l-2 border-line pl-3">
            {people.map((person) => (
              <Checkbox
                key={person.id}
                label={person.name}
                hint={`${person.email}, ${person.roles.join(", ")}`}
                checked={value.people.includes(person.id)}
                onChange={() => onChange({ ...value, people: toggled(value.people, person.id) })}
              />
            ))}
          </div>
        </details>
      )}
      <p id={`${id}-now`} className="text-sm text-ink-muted">
        {accepted.length === 0
          ? "That is nobody now."
          : `That is ${accepted.length} now: ${accepted.map(({ name }) => name).join(", ")}.`}
      </p>
      {invalid && (
        <p id={`${id}-error`} className="text-sm text-blocked">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function accepts(value: Approvers, person: Person): boolean {
  return value.people.includes(person.id) || value.roles.some((role) => person.roles.includes(role));
}

function toggled<T>(values: readonly T[], value: T): T[] {
  return values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
}
