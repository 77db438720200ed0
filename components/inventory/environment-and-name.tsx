"use client";

import type { ChangeEvent } from "react";

import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import type { InventoryRef } from "#lib/inventory/schema.ts";

/** A text control of a form, as `useFormValues` makes it. */
export interface TextControl {
  name: string;
  value: string;
  onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>) => void;
}

interface EnvironmentAndNameProps {
  environments: readonly InventoryRef[];
  environment: TextControl;
  name: TextControl;
  /** The environment of a thing never changes. */
  fixed: boolean;
  errors: Readonly<Record<string, string>>;
}

/** Where a thing belongs, and what it is called. */
export function EnvironmentAndName({
  environments,
  environment,
  name,
  fixed,
  errors,
}: EnvironmentAndNameProps) {
  return (
    <>
      <Field label="Environment" required error={errors["environmentId"]}>
        <Select {...environment} disabled={fixed}>
          {environments.map(({ id, name: label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Name" required error={errors["name"]}>
        <Input {...name} autoComplete="off" />
      </Field>
    </>
  );
}
