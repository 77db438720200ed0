"use client";

import { FormSection } from "#components/inventory/form-shell.tsx";
import { SecretField } from "#components/inventory/secret-field.tsx";
import type { ChannelFieldsProps } from "#components/notifications/channel-form.tsx";
import { errorOf } from "#components/notifications/channel-values.ts";
import { TLS_WORDS } from "#components/notifications/notification-words.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { SMTP_TLS_MODES } from "#lib/notifications/schema.ts";

/** How the mail server is reached, and who gets the e-mails. */
export function MailFields({ form: { text, check }, errors, channel }: ChannelFieldsProps) {
  return (
    <>
      <FormSection title="Mail server">
        <div className="grid gap-4 sm:grid-cols-[1fr_8rem]">
          <Field label="Host" required error={errors["smtpHost"]}>
            <Input exact placeholder="mail.example.com" {...text("smtpHost")} />
          </Field>
          <Field label="Port" required error={errors["smtpPort"]}>
            <Input exact inputMode="numeric" {...text("smtpPort")} />
          </Field>
        </div>
        <Field label="TLS" required error={errors["smtpTls"]}>
          <Select {...text("smtpTls")}>
            {SMTP_TLS_MODES.toReversed().map((mode) => (
              <option key={mode} value={mode}>
                {TLS_WORDS[mode]}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="User" optional error={errors["smtpUser"]} hint="Empty: without signing in.">
          <Input exact autoComplete="off" {...text("smtpUser")} />
        </Field>
        <SecretField
          label="Password"
          hint="It is encrypted before it is stored and never shown again."
          stored={channel?.mail?.password}
          control={text("password")}
          removal={check("removePassword")}
          error={errors["password"]}
        />
        <Field label="From" required error={errors["mailFrom"]} hint="The address that e-mails come from.">
          <Input exact type="email" placeholder="lockstep@example.com" {...text("mailFrom")} />
        </Field>
      </FormSection>
      <FormSection title="Who gets the e-mails">
        <Checkbox
          label="The people that an event asks or concerns"
          hint="Approvers who are asked, the requester, the operators of the environment. Each decides under “What I am sent”."
          {...check("mailAddressed")}
        />
        <Field
          label="Always to"
          optional
          hint="Addresses that get every event of this channel, such as an on-call list: one a line."
          error={errorOf(errors, "mailTo")}
        >
          <Textarea exact rows={3} {...text("mailTo")} />
        </Field>
      </FormSection>
    </>
  );
}
