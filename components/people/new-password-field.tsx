"use client";

import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { PASSWORD_MAX, PASSWORD_MIN } from "#lib/people/schema.ts";

interface NewPasswordFieldProps {
  name: string;
  label: string;
  error: string | undefined;
}

export function NewPasswordField({ name, label, error }: NewPasswordFieldProps) {
  return (
    <Field
      label={label}
      hint={`${PASSWORD_MIN} characters or more; several words are easy to remember.`}
      error={error}
      required
    >
      <Input
        name={name}
        type="password"
        autoComplete="new-password"
        minLength={PASSWORD_MIN}
        maxLength={PASSWORD_MAX}
      />
    </Field>
  );
}
