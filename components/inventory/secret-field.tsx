"use client";

import type { ChangeEvent } from "react";

import type { TextControl } from "#components/inventory/environment-and-name.tsx";
import { Time } from "#components/live/time.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { SecretMark } from "#lib/inventory/schema.ts";

interface SecretFieldProps {
  label: string;
  hint?: string;
  /** Absent for something new. */
  stored?: SecretMark | undefined;
  control: TextControl;
  removal: { name: string; checked: boolean; onChange: (event: ChangeEvent<HTMLInputElement>) => void };
  multiline?: boolean;
  error?: string | undefined;
}

/** A secret that is only ever written: a stored one is never shown, blank keeps it, and removing it is said out loud. */
export function SecretField({
  label,
  hint,
  stored,
  control,
  removal,
  multiline = false,
  error,
}: SecretFieldProps) {
  const isSet = stored?.isSet === true;
  const words = isSet ? "Leave it empty to keep the stored one, which is never shown." : hint;
  return (
    <div className="flex flex-col gap-2">
      <Field label={label} optional={!isSet} error={error} {...(words !== undefined && { hint: words })}>
        {multiline ? (
          <Textarea exact rows={4} autoComplete="off" {...control} />
        ) : (
          <Input exact type="password" autoComplete="new-password" {...control} />
        )}
      </Field>
      {isSet && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-muted">
          <span>
            Stored, encrypted
            {stored.setAt !== null && (
              <>
                , set <Time at={stored.setAt} />
              </>
            )}
            .
          </span>
          {control.value === "" && (
            <Checkbox label={`Remove the stored ${label.toLowerCase()}`} {...removal} />
          )}
        </div>
      )}
    </div>
  );
}
