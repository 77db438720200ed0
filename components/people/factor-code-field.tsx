"use client";

import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

interface FactorCodeFieldProps {
  error: string | undefined;
  label?: string;
  hint?: string;
}

/** A code of the authenticator app, or a recovery code, as the field `code`. */
export function FactorCodeField({
  error,
  label = "Code of your second factor",
  hint = "The six digits that your authenticator app shows, or one of your recovery codes.",
}: FactorCodeFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      <Input name="code" exact autoComplete="one-time-code" maxLength={60} />
    </Field>
  );
}
