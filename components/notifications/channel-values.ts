import type { ChannelDto, ChannelKind, NotificationKind } from "#lib/notifications/schema.ts";

/** What the form of a channel holds while it is typed, of every kind. */
export type ChannelValues = ReturnType<typeof channelValues>;

const FIRST_EVENTS: readonly NotificationKind[] = [
  "approval-requested",
  "approved",
  "rejected",
  "approval-expired",
  "glass-broken",
  "review-requested",
  "step-failed",
  "step-uncertain",
  "incident-opened",
  "incident-closed",
];

/** The values that the form begins with. */
export function channelValues(channel: ChannelDto | undefined, environmentId: string) {
  const { mail } = channel ?? { mail: null };
  const kind: ChannelKind = channel?.kind ?? "email";
  return {
    kind: kind as string,
    environmentId: channel?.environment?.id ?? environmentId,
    name: channel?.name ?? "",
    events: channel?.events ?? FIRST_EVENTS,
    smtpHost: mail?.host ?? "",
    smtpPort: `${mail?.port ?? 587}`,
    smtpTls: (mail?.tls ?? "starttls") as string,
    smtpUser: mail?.user ?? "",
    password: "",
    removePassword: false,
    mailFrom: mail?.from ?? "",
    mailTo: mail?.to.join("\n") ?? "",
    mailAddressed: mail?.addressed ?? true,
    url: "",
    caCertificates: channel?.caCertificates ?? "",
  };
}

/** What is sent of the values: the settings of the chosen kind alone. */
export function channelInput(values: ChannelValues, channel: ChannelDto | undefined): object {
  const { kind, environmentId, name, events, url, caCertificates, mailTo, ...mail } = values;
  const home = channel === undefined ? { environmentId } : { id: channel.id, seenVersion: channel.version };
  const common = { ...home, kind, name, events, caCertificates };
  if (kind !== "email") return { ...common, url };
  return { ...common, ...mail, mailTo: mailTo.split(/[\s,;]+/).filter((address) => address !== "") };
}

/** What the server said about one field or the members of a list. */
export function errorOf(errors: Readonly<Record<string, string>>, field: string): string | undefined {
  return errors[field] ?? Object.entries(errors).find(([path]) => path.startsWith(`${field}.`))?.[1];
}
