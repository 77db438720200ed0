import { AppError } from "#lib/errors.ts";
import { readNetworkRules } from "#lib/inventory/network-rules.ts";
import {
  channelPasswordPlace,
  channelUrlPlace,
  signingSecretPlace,
} from "#lib/notifications/channel-secrets.ts";
import { preferencesUrl, type Told } from "#lib/notifications/load-message.ts";
import { mailContent, slackBody, webhookBody } from "#lib/notifications/payloads.ts";
import { post } from "#lib/notifications/post.ts";
import { SMTP_TLS_MODES } from "#lib/notifications/schema.ts";
import { sendMail } from "#lib/notifications/send-mail.ts";
import { SIGNATURE_HEADER, signatureOf } from "#lib/notifications/signature.ts";
import { openField } from "#lib/secrets/sealed-field.ts";

/** A channel as its row stands. */
export type ChannelRow = {
  readonly id: string;
  readonly kind: string;
  readonly smtpHost: string | null;
  readonly smtpPort: number | null;
  readonly smtpTls: string | null;
  readonly smtpUser: string | null;
  readonly mailFrom: string | null;
  readonly passwordSealed: string | null;
  readonly urlSealed: string | null;
  readonly signingSecretSealed: string | null;
  readonly caCertificates: string | null;
};

/** One try of a delivery. `address`: the e-mail address, for e-mail channels. */
export type Sending = {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly address: string | null;
  readonly told: Told;
};

/**
 * Sends one delivery through its channel and returns the receiver's words. Receivers recognise a delivery that comes twice by
 * `Lockstep-Delivery`, or by the Message-ID of an e-mail.
 * @throws AdapterError as `post` and `sendMail`; AppError `unavailable` when the channel is incomplete or a secret cannot be opened
 */
export async function send(channel: ChannelRow, sending: Sending): Promise<string> {
  return channel.kind === "email" ? mail(channel, sending) : hook(channel, sending);
}

async function mail(channel: ChannelRow, { deliveryId, address, told }: Sending): Promise<string> {
  const { id, smtpHost, smtpPort, smtpUser, mailFrom, passwordSealed, caCertificates } = channel;
  const tls = SMTP_TLS_MODES.find((mode) => mode === channel.smtpTls);
  if (smtpHost === null || smtpPort === null || tls === undefined || mailFrom === null || address === null)
    throw incomplete();
  const password = passwordSealed === null ? null : openField(channelPasswordPlace(id), passwordSealed);
  const server = { host: smtpHost, port: smtpPort, tls, user: smtpUser ?? "", password, caCertificates };
  const content = mailContent(told.message, preferencesUrl());
  return sendMail(server, { id: deliveryId, from: mailFrom, to: address, ...content }, readNetworkRules());
}

async function hook(channel: ChannelRow, { deliveryId, attempt, told }: Sending): Promise<string> {
  const { id, urlSealed, signingSecretSealed, caCertificates } = channel;
  if (urlSealed === null) throw incomplete();
  const url = openField(channelUrlPlace(id), urlSealed);
  const { envelope, message } = told;
  const isGeneric = channel.kind === "webhook";
  if (isGeneric && signingSecretSealed === null) throw incomplete();
  const body = isGeneric ? webhookBody(envelope, message) : slackBody(message);
  const headers = {
    "Lockstep-Delivery": deliveryId,
    "Lockstep-Event": envelope.kind,
    "Lockstep-Attempt": `${attempt}`,
    ...(signingSecretSealed === null
      ? {}
      : {
          [SIGNATURE_HEADER]: signatureOf(
            openField(signingSecretPlace(id), signingSecretSealed),
            body,
            Math.floor(Date.now() / 1000),
          ),
        }),
  };
  return post({ url, body, headers, caCertificates }, readNetworkRules());
}

function incomplete(): AppError {
  return new AppError("unavailable", "The channel is incomplete: open it and enter what is missing.");
}
