"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";

import { FormSection, FormShell } from "#components/inventory/form-shell.tsx";
import { type FieldErrors, type FormValues, useFormValues } from "#components/inventory/use-form-values.ts";
import { type Action, useAction } from "#components/live/use-action.ts";
import {
  channelInput,
  channelValues,
  type ChannelValues,
  errorOf,
} from "#components/notifications/channel-values.ts";
import { EventChoices } from "#components/notifications/event-choices.tsx";
import { HookFields } from "#components/notifications/hook-fields.tsx";
import { MailFields } from "#components/notifications/mail-fields.tsx";
import { CHANNEL_WORDS } from "#components/notifications/notification-words.ts";
import { SigningSecretNotice } from "#components/notifications/signing-secret-notice.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { InventoryRef } from "#lib/inventory/schema.ts";
import { CHANNEL_KINDS, type ChannelDto, type MadeChannelDto } from "#lib/notifications/schema.ts";

/** What a channel's fields are given. */
export interface ChannelFieldsProps {
  form: FormValues<ChannelValues>;
  errors: FieldErrors;
  channel: ChannelDto | undefined;
}

interface ChannelFormProps {
  /** Absent for a new one. */
  channel?: ChannelDto;
  environments: readonly InventoryRef[];
  /** Whether a channel of all environments may be added. */
  mayServeAll: boolean;
  save: Action<MadeChannelDto | { id: string }>;
}

/** Adds or changes a channel. A new webhook shows its signing secret before anything else. */
export function ChannelForm({ channel, environments, mayServeAll, save }: ChannelFormProps) {
  const router = useRouter();
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  const form = useFormValues(channelValues(channel, mayServeAll ? "" : (environments[0]?.id ?? "")));
  const { run, pending, failure } = useAction(save, (saved) => {
    if ("signingSecret" in saved && saved.signingSecret !== null)
      setMade({ id: saved.id, secret: saved.signingSecret });
    else router.push(`/notifications/${saved.id}`);
  });
  const { values, set, text } = form;
  const errors = failure?.fields ?? {};
  if (made !== null)
    return (
      <SigningSecretNotice
        secret={made.secret}
        actions={
          <LinkButton href={`/notifications/${made.id}`} variant="primary">
            Go on to the channel
          </LinkButton>
        }
      />
    );
  return (
    <FormShell
      submit={channel === undefined ? "Add channel" : "Save channel"}
      cancelHref={channel === undefined ? "/notifications" : `/notifications/${channel.id}`}
      pending={pending}
      failure={failure}
      onSubmit={() => run(channelInput(values, channel))}
    >
      <HomeSection
        form={form}
        errors={errors}
        channel={channel}
        environments={environments}
        mayServeAll={mayServeAll}
      />
      {values.kind === "email" ? (
        <MailFields form={form} errors={errors} channel={channel} />
      ) : (
        <HookFields form={form} errors={errors} channel={channel} />
      )}
      <EventChoices
        legend="Events"
        chosen={values.events}
        onChange={(events) => set("events", [...events])}
        error={errorOf(errors, "events")}
      />
      <Field
        label="Certificates of the authority"
        optional
        hint="PEM, where the receiver has a certificate of your own authority. Empty: the authorities that this machine trusts."
        error={errors["caCertificates"]}
      >
        <Textarea exact rows={4} {...text("caCertificates")} />
      </Field>
    </FormShell>
  );
}

type HomeSectionProps = ChannelFieldsProps & Pick<ChannelFormProps, "environments" | "mayServeAll">;

function HomeSection({ form: { text }, errors, channel, environments, mayServeAll }: HomeSectionProps) {
  const isNew = channel === undefined;
  return (
    <FormSection title="Channel">
      <Field label="Kind" required error={errors["kind"]}>
        <Select {...text("kind")} disabled={!isNew}>
          {CHANNEL_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {CHANNEL_WORDS[kind]}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Tells of" required error={errors["environmentId"]}>
        <Select {...text("environmentId")} disabled={!isNew}>
          {(mayServeAll || (!isNew && channel.environment === null)) && (
            <option value="">all environments</option>
          )}
          {environments.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Name" required error={errors["name"]}>
        <Input {...text("name")} autoComplete="off" />
      </Field>
    </FormSection>
  );
}
