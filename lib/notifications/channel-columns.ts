import { AppError } from "#lib/errors.ts";
import { nextSecret, NO_SECRET, type StoredSecret } from "#lib/inventory/inventory-secrets.ts";
import { requireReadableTls } from "#lib/inventory/readable-tls.ts";
import { channelPasswordPlace, channelUrlPlace } from "#lib/notifications/channel-secrets.ts";
import type { ChannelSettings } from "#lib/notifications/schema.ts";

/** What is stored of a channel's secrets, with what its password belongs to. */
export type StoredChannelSecrets = {
  readonly password: StoredSecret;
  readonly passwordFor: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly tls: string;
  };
  readonly url: StoredSecret;
  readonly urlHost: string | null;
};

/** A channel without any secret. */
export const NO_CHANNEL_SECRETS: StoredChannelSecrets = {
  password: NO_SECRET,
  passwordFor: { host: "", port: 0, user: "", tls: "" },
  url: NO_SECRET,
  urlHost: null,
};

/**
 * The columns of a channel as a form asks for them, secrets sealed. A stored password goes to no other server or user than it was
 * given for: who changes one of them gives it again.
 * @throws AppError `invalid` beside the field
 */
export function channelColumns(id: string, given: ChannelSettings, stored: StoredChannelSecrets) {
  requireReadableTls({ caCertificates: given.caCertificates, clientCertificate: null, clientKey: null });
  const { name, caCertificates } = given;
  const common = { name, events: [...given.events], caCertificates };
  if (given.kind !== "email") {
    const url = nextSecret(channelUrlPlace(id), { given: given.url, remove: false }, stored.url);
    const urlHost = given.url === "" ? stored.urlHost : new URL(given.url).host;
    return { ...common, urlHost, urlSealed: url.sealed, urlSetAt: url.setAt };
  }
  const { smtpHost, smtpPort, smtpTls, smtpUser, mailFrom, mailTo, mailAddressed } = given;
  const wish = { given: given.password, remove: given.removePassword || smtpUser === "" };
  const keeps = stored.password.sealed !== null && wish.given === "" && !wish.remove;
  const { host, port, user, tls } = stored.passwordFor;
  if (keeps && (host !== smtpHost || port !== smtpPort || user !== smtpUser || tls !== smtpTls)) {
    const words =
      "Enter the password again: the stored one was given for another server, user or kind of TLS.";
    throw new AppError("invalid", `${words} Nothing was saved.`, { fields: { password: words } });
  }
  const password = nextSecret(channelPasswordPlace(id), wish, stored.password);
  return {
    ...common,
    smtpHost,
    smtpPort,
    smtpTls,
    smtpUser,
    mailFrom,
    mailTo: [...new Set(mailTo)],
    mailAddressed,
    passwordSealed: password.sealed,
    passwordSetAt: password.setAt,
  };
}
