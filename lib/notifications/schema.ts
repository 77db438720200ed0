import { z } from "zod";

import { hidden, shown } from "#lib/audit/classified.ts";
import {
  blankToNull,
  certificatesField,
  hostField,
  nameField,
  passwordField,
  portField,
  removeField,
} from "#lib/inventory/fields.ts";
import { environmentRef, secretMark } from "#lib/inventory/schema.ts";
import { emailField } from "#lib/people/schema.ts";

/** Everything that somebody can be told of, in the order of the forms. */
export const NOTIFICATION_KINDS = [
  "approval-requested",
  "approved",
  "rejected",
  "withdrawn",
  "approval-expired",
  "glass-broken",
  "review-requested",
  "step-executed",
  "step-failed",
  "step-uncertain",
  "incident-opened",
  "incident-closed",
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What the forms and filters call each kind. */
export const KIND_WORDS = {
  "approval-requested": "Approval requested",
  approved: "Approved",
  rejected: "Rejected",
  withdrawn: "Request withdrawn",
  "approval-expired": "Request or approval expired",
  "glass-broken": "Break-glass used",
  "review-requested": "Review asked after break-glass",
  "step-executed": "Step executed",
  "step-failed": "Step failed",
  "step-uncertain": "Outcome uncertain",
  "incident-opened": "Incident opened",
  "incident-closed": "Incident closed",
} as const satisfies Readonly<Record<NotificationKind, string>>;

/** Kinds that nobody can mute for themselves: somebody has to look. */
export const UNMUTABLE_KINDS = [
  "glass-broken",
  "review-requested",
  "incident-opened",
] as const satisfies readonly NotificationKind[];
export const MUTABLE_KINDS = NOTIFICATION_KINDS.filter(
  (kind) => !UNMUTABLE_KINDS.some((fixed) => fixed === kind),
);

/** How a channel sends. `slack`: a payload that Slack and what copies its incoming webhooks take. */
export const CHANNEL_KINDS = ["email", "webhook", "slack"] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** How a connection to a mail server is protected: from the first byte, by STARTTLS (and never without), or not at all. */
export const SMTP_TLS_MODES = ["tls", "starttls", "none"] as const;
export type SmtpTlsMode = (typeof SMTP_TLS_MODES)[number];

/** How far a delivery has come. `given-up`: every try failed; only a person starts it again. */
export const DELIVERY_STATES = ["waiting", "sending", "delivered", "given-up"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What one try came to. `unclear`: everything was sent and no answer came, so that it may have arrived. */
export const TRY_OUTCOMES = ["delivered", "refused", "unclear"] as const;
export type TryOutcome = (typeof TRY_OUTCOMES)[number];

const moment = z.iso.datetime();
const id = shown(z.uuid());
const version = shown(z.int().min(0));

/* Channels */

const events = shown(
  z
    .array(z.enum(NOTIFICATION_KINDS))
    .min(1, "Choose at least one event.")
    .transform((chosen) => NOTIFICATION_KINDS.filter((kind) => chosen.includes(kind))),
);

/** The address of a webhook, which is a secret in itself; blank keeps the stored one. */
const urlField = hidden(
  z
    .string()
    .trim()
    .max(2_000, "At most 2,000 characters.")
    .superRefine((text, context) => {
      const problem = text === "" ? null : webhookAddressProblem(text);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    }),
);

/** Why an address cannot be a webhook's; null when it can. Plain http is for this machine only. */
function webhookAddressProblem(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return "Enter an address that begins with https://.";
  if (url.username !== "" || url.password !== "") return "Leave name and password out of the address.";
  if (url.hash !== "") return "Leave out what follows the #.";
  if (url.protocol === "http:" && !isLoopbackName(url.hostname))
    return "Use https: over plain http the address and every message could be read on the way.";
  return null;
}

/** Whether a host name means this machine. */
export function isLoopbackName(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

const emailSettings = {
  kind: shown(z.literal("email")),
  name: nameField,
  events,
  smtpHost: hostField,
  smtpPort: portField,
  smtpTls: shown(z.enum(SMTP_TLS_MODES)),
  smtpUser: shown(z.string().trim().max(200, "At most 200 characters.")).default(""),
  password: passwordField,
  removePassword: removeField,
  mailFrom: emailField,
  /** Told of every event of the channel, beside whoever it is addressed to. */
  mailTo: z.array(emailField).max(20, "At most 20 addresses."),
  /** Whether the people that an event is addressed to get it. */
  mailAddressed: shown(z.boolean()),
  caCertificates: certificatesField,
};
const hookSettings = { name: nameField, events, url: urlField, caCertificates: certificatesField };
const webhookSettings = { kind: shown(z.literal("webhook")), ...hookSettings };
const slackSettings = { kind: shown(z.literal("slack")), ...hookSettings };

type EmailSettings = z.output<z.ZodObject<typeof emailSettings>>;

function checkEmail(given: EmailSettings, context: z.RefinementCtx): void {
  if (!given.mailAddressed && given.mailTo.length === 0)
    context.addIssue({
      code: "custom",
      path: ["mailTo"],
      message: "Add an address, or let the people that an event is addressed to get it.",
    });
  if (given.smtpTls === "none" && !isLoopbackName(given.smtpHost) && given.smtpUser !== "")
    context.addIssue({
      code: "custom",
      path: ["smtpTls"],
      message: "Without TLS the password could be read on the way: choose TLS, or leave the user empty.",
    });
  if (given.smtpUser === "" && given.password !== "")
    context.addIssue({
      code: "custom",
      path: ["smtpUser"],
      message: "A password needs the user that it belongs to.",
    });
}

function requireUrl(given: { readonly url: string }, context: z.RefinementCtx): void {
  if (given.url === "")
    context.addIssue({ code: "custom", path: ["url"], message: "Enter the address of the webhook." });
}

const home = { environmentId: blankToNull(id) };

/** A new channel of one environment, or of all where `environmentId` is null. */
export const createChannelInput = z.discriminatedUnion("kind", [
  z.strictObject({ ...home, ...emailSettings }).superRefine(checkEmail),
  z.strictObject({ ...home, ...webhookSettings }).superRefine(requireUrl),
  z.strictObject({ ...home, ...slackSettings }).superRefine(requireUrl),
]);
export type CreateChannelInput = z.output<typeof createChannelInput>;

const seen = { id, seenVersion: version };

/** Every setting of a channel as it shall be; blank secrets keep the stored ones. Its kind and environment never change. */
export const updateChannelInput = z.discriminatedUnion("kind", [
  z.strictObject({ ...seen, ...emailSettings }).superRefine(checkEmail),
  z.strictObject({ ...seen, ...webhookSettings }),
  z.strictObject({ ...seen, ...slackSettings }),
]);
export type UpdateChannelInput = z.output<typeof updateChannelInput>;
export type ChannelSettings = CreateChannelInput | UpdateChannelInput;

/** Switches a channel on or off. */
export const switchChannelInput = z.strictObject({ ...seen, enabled: shown(z.boolean()) });
export type SwitchChannelInput = z.output<typeof switchChannelInput>;

/** A channel, with the version that the person saw. */
export const seenChannelInput = z.strictObject(seen);
export type SeenChannelInput = z.output<typeof seenChannelInput>;

/** A channel to be tried, as it is stored. */
export const testChannelInput = z.strictObject({ id });
export type TestChannelInput = z.output<typeof testChannelInput>;

/** A channel as its page shows it: of addresses and passwords only that they are there. */
export const channelDto = z.strictObject({
  id: z.uuid(),
  kind: z.enum(CHANNEL_KINDS),
  name: z.string(),
  environment: environmentRef.nullable(),
  enabled: z.boolean(),
  events: z.array(z.enum(NOTIFICATION_KINDS)),
  /** For e-mail channels. */
  mail: z
    .strictObject({
      host: z.string(),
      port: z.int(),
      tls: z.enum(SMTP_TLS_MODES),
      user: z.string(),
      password: secretMark,
      from: z.string(),
      to: z.array(z.string()),
      addressed: z.boolean(),
    })
    .nullable(),
  /** For webhooks of both kinds. */
  hook: z.strictObject({ host: z.string(), url: secretMark, signingSecret: secretMark }).nullable(),
  caCertificates: z.string().nullable(),
  removedAt: moment.nullable(),
  version: z.int(),
  /** Deliveries that are under way, and that were given up in the last seven days. */
  waiting: z.int(),
  givenUp: z.int(),
  lastDeliveredAt: moment.nullable(),
});
export type ChannelDto = z.infer<typeof channelDto>;

/** A channel that was just made; `signingSecret` is told this once, for webhooks only. */
export const madeChannelDto = z.strictObject({ id: z.uuid(), signingSecret: z.string().nullable() });
export type MadeChannelDto = z.infer<typeof madeChannelDto>;

/** What came of a test message. */
export const channelTestDto = z.strictObject({
  deliveryId: z.uuid(),
  outcome: z.enum(TRY_OUTCOMES),
  detail: z.string(),
  testedAt: moment,
});
export type ChannelTestDto = z.infer<typeof channelTestDto>;

/* Deliveries */

/** Filters of the delivery log; they live in its address. `before`: rows older than this delivery. */
export const deliveryFilter = z.strictObject({
  channel: z.uuid().optional(),
  state: z.enum(DELIVERY_STATES).optional(),
  kind: z.enum([...NOTIFICATION_KINDS, "test"]).optional(),
  environment: z.uuid().optional(),
  migration: z.uuid().optional(),
  before: z.uuid().optional(),
});
export type DeliveryFilter = z.infer<typeof deliveryFilter>;

/** One delivery as the log lists it. `target` says whom or where, redacted. `words`: of its kind. */
export const deliveryDto = z.strictObject({
  id: z.uuid(),
  kind: z.string(),
  words: z.string(),
  environment: environmentRef.nullable(),
  migrationId: z.uuid().nullable(),
  planHash: z.string().nullable(),
  channel: z.strictObject({ id: z.uuid(), name: z.string(), kind: z.enum(CHANNEL_KINDS) }),
  target: z.string(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  attemptsAllowed: z.int(),
  lastError: z.string().nullable(),
  createdAt: moment,
  lastTriedAt: moment.nullable(),
  nextTryAt: moment.nullable(),
  endedAt: moment.nullable(),
});
export type DeliveryDto = z.infer<typeof deliveryDto>;

/** One page of the delivery log, newest first. */
export const deliveryPageDto = z.strictObject({
  deliveries: z.array(deliveryDto),
  olderBefore: z.uuid().nullable(),
});
export type DeliveryPageDto = z.infer<typeof deliveryPageDto>;

/** One try of a delivery; without an end, the process that made it died, or is still at it. */
export const tryDto = z.strictObject({
  number: z.int(),
  startedAt: moment,
  endedAt: moment.nullable(),
  outcome: z.enum(TRY_OUTCOMES).nullable(),
  detail: z.string().nullable(),
});
export type TryDto = z.infer<typeof tryDto>;

/** One delivery with its tries and the text that is told. */
export const deliveryDetailDto = z.strictObject({
  ...deliveryDto.shape,
  tries: z.array(tryDto),
  message: z.strictObject({ title: z.string(), text: z.string() }),
  canRetry: z.boolean(),
});
export type DeliveryDetailDto = z.infer<typeof deliveryDetailDto>;

/** A delivery to be tried again now. */
export const retryDeliveryInput = z.strictObject({ id });
export type RetryDeliveryInput = z.output<typeof retryDeliveryInput>;

/* One's own wishes */

/** What a person wants by e-mail. */
export const setPreferencesInput = z.strictObject({
  seenVersion: version,
  muted: shown(
    z.array(
      z
        .enum(NOTIFICATION_KINDS)
        .refine((kind) => MUTABLE_KINDS.includes(kind), "This cannot be switched off."),
    ),
  ),
  /** Whether to be told of what one did oneself. */
  ownActs: shown(z.boolean()),
});
export type SetPreferencesInput = z.output<typeof setPreferencesInput>;

/** A person's own wishes. `version` 0: none were ever saved. `hasEmailChannel`: whether anything could be sent at all. */
export const preferencesDto = z.strictObject({
  email: z.string(),
  muted: z.array(z.enum(NOTIFICATION_KINDS)),
  ownActs: z.boolean(),
  version: z.int(),
  hasEmailChannel: z.boolean(),
});
export type PreferencesDto = z.infer<typeof preferencesDto>;

/** The filters of the delivery log that a page's address asks for; whatever cannot be understood filters nothing. */
export function parseDeliveryFilter(
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
): DeliveryFilter {
  const kept = Object.entries(deliveryFilter.shape).flatMap(([key, field]) => {
    const { data, success } = field.safeParse(query[key] === "" ? undefined : query[key]);
    return success && data !== undefined ? [[key, data] as const] : [];
  });
  return deliveryFilter.parse(Object.fromEntries(kept));
}

/** The address of the delivery log with these filters. */
export function deliveriesHref(filter: DeliveryFilter): string {
  const given = Object.entries(filter).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  const query = new URLSearchParams(given);
  return query.size === 0 ? "/notifications/deliveries" : `/notifications/deliveries?${query.toString()}`;
}
