"use client";

import { FormSection } from "#components/inventory/form-shell.tsx";
import { Time } from "#components/live/time.tsx";
import type { ChannelFieldsProps } from "#components/notifications/channel-form.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

/** The address of a webhook, which is only ever written. */
export function HookFields({ form: { values, text }, errors, channel }: ChannelFieldsProps) {
  const stored = channel?.hook ?? null;
  return (
    <FormSection
      title="Receiver"
      description={
        values.kind === "slack"
          ? "An incoming webhook of Slack, or of what copies it, such as Mattermost."
          : `Any receiver of HTTP POST with JSON. Every message is signed${stored === null ? "; the secret is shown after adding" : ""}.`
      }
    >
      <Field
        label="Address"
        required={stored === null}
        error={errors["url"]}
        hint={
          stored === null
            ? "Begins with https://. It is a secret: it is encrypted before it is stored, and only its host is shown."
            : `Leave it empty to keep the stored one at ${stored.host}, which is never shown.`
        }
      >
        <Input exact type="password" autoComplete="new-password" {...text("url")} />
      </Field>
      {stored !== null && stored.url.setAt !== null && (
        <p className="text-sm text-ink-muted">
          Stored, encrypted, set <Time at={stored.url.setAt} />.
        </p>
      )}
    </FormSection>
  );
}
