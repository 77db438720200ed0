import { SecretWords } from "#components/inventory/secret-words.tsx";
import { ChannelState, ChannelTarget } from "#components/notifications/channels-table.tsx";
import { CHANNEL_WORDS, TLS_WORDS } from "#components/notifications/notification-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { type ChannelDto, KIND_WORDS } from "#lib/notifications/schema.ts";

/** A channel as recorded. */
export function ChannelDetails({ channel }: { channel: ChannelDto }) {
  return (
    <Card aria-label="Channel">
      <CardHeader title="As recorded" />
      <CardBody className="flex flex-col gap-4">
        <KeyValues
          columns={3}
          items={[
            { label: "Kind", value: CHANNEL_WORDS[channel.kind] },
            { label: "Tells of", value: channel.environment?.name ?? "all environments" },
            { label: "State", value: <ChannelState channel={channel} /> },
            { label: "To", value: <ChannelTarget channel={channel} /> },
            ...mailItems(channel),
            ...hookItems(channel),
            {
              label: "Trusts",
              value:
                channel.caCertificates === null ? "the authorities of this machine" : "its own authority",
            },
          ]}
        />
        <div>
          <h3 className="mb-1.5 text-sm text-ink-muted">Events</h3>
          <ul className="flex flex-wrap gap-1.5">
            {channel.events.map((kind) => (
              <li key={kind}>
                <Badge>{KIND_WORDS[kind]}</Badge>
              </li>
            ))}
          </ul>
        </div>
      </CardBody>
    </Card>
  );
}

function mailItems({ mail }: ChannelDto) {
  if (mail === null) return [];
  return [
    {
      label: "Mail server",
      value: (
        <code className="font-mono break-all">
          {mail.host}:{mail.port}
        </code>
      ),
    },
    { label: "TLS", value: TLS_WORDS[mail.tls] },
    { label: "From", value: <code className="font-mono break-all">{mail.from}</code> },
    { label: "User", value: mail.user === "" ? "without signing in" : mail.user },
    { label: "Password", value: <SecretWords mark={mail.password} /> },
  ];
}

function hookItems({ hook, kind }: ChannelDto) {
  if (hook === null) return [];
  return [
    { label: "Address", value: <SecretWords mark={hook.url} /> },
    ...(kind === "webhook"
      ? [{ label: "Signing secret", value: <SecretWords mark={hook.signingSecret} /> }]
      : []),
  ];
}
