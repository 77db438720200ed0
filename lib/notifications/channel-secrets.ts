import type { FieldPlace } from "#lib/secrets/sealed-field.ts";

/** Where the password of a channel's mail server is sealed. */
export function channelPasswordPlace(channelId: string): FieldPlace {
  return { table: "notification_channel", row: channelId, field: "password" };
}

/** Where the address of a channel's webhook is sealed. */
export function channelUrlPlace(channelId: string): FieldPlace {
  return { table: "notification_channel", row: channelId, field: "url" };
}

/** Where the secret that signs a channel's webhooks is sealed. */
export function signingSecretPlace(channelId: string): FieldPlace {
  return { table: "notification_channel", row: channelId, field: "signing_secret" };
}
