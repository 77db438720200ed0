import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { CHALLENGE_SECONDS, issueChallenge } from "#lib/people/challenge.ts";
import { authorizationUrl, type OidcSecrets } from "#lib/people/oidc-provider-client.ts";
import { type OidcSettings, providerOf, readOidcSettings } from "#lib/people/oidc-settings.ts";
import { cookieName } from "#lib/people/pending-sign-in.ts";
import { ownAccount } from "#lib/people/person-subject.ts";
import { publicUrl } from "#lib/people/public-url.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";

/** Where to send the browser, and the cookie that recognises it when it comes back. */
export type OidcBeginning = { readonly url: string; readonly cookies: readonly SessionCookie[] };

/** The name of the cookie that holds the token of a way to the provider. */
export function oidcCookieName(): string {
  return cookieName("oidc");
}

/**
 * Begins a sign-in with the provider. `next` is the path of this console to go to afterwards, checked by whoever calls.
 * @throws AppError `conflict` while sign-in with a provider is off; `unavailable` when it does not answer
 */
export async function beginOidcSignIn(ctx: Context, next: string): Promise<OidcBeginning> {
  const settings = await requireOidc();
  const { url, secrets } = await authorizationUrl(settings, { again: false, email: null });
  return begin(ctx, url, {
    kind: "oidc-sign-in",
    personId: null,
    sessionId: null,
    data: { ...dataOf(secrets, settings), next },
  });
}

/**
 * Begins a fresh sign-in at the provider, which is to ask the person anew, for the session that they are in.
 * @throws AppError `conflict` while sign-in with a provider is off, and for people who do not use it; `unavailable`
 */
export async function beginOidcConfirmation(ctx: Context): Promise<OidcBeginning> {
  const { actor, sessionId } = ownAccount(ctx);
  const settings = await requireOidc();
  if ((await providerOf(database(), actor.id)) === null)
    throw new AppError("conflict", "This account does not sign in with the provider. Use your password.");
  const { url, secrets } = await authorizationUrl(settings, { again: true, email: actor.email });
  const data = dataOf(secrets, settings);
  return begin(ctx, url, { kind: "oidc-confirm", personId: actor.id, sessionId, data });
}

/** The settings while sign-in with a provider is on. @throws AppError `conflict` otherwise */
export async function requireOidc(): Promise<OidcSettings> {
  const settings = await readOidcSettings(database());
  if (settings?.enabled === true) return settings;
  throw new AppError("conflict", "Sign-in with a provider is turned off. Nothing was done.");
}

function dataOf(secrets: OidcSecrets, settings: OidcSettings) {
  const beganAt = `${Math.floor(Date.now() / 1000)}`;
  return { ...secrets, version: `${settings.version}`, beganAt };
}

async function begin(
  ctx: Context,
  url: string,
  challenge: Omit<Parameters<typeof issueChallenge>[1], "address">,
): Promise<OidcBeginning> {
  const value = await issueChallenge(database(), { ...challenge, address: ctx.sourceAddress });
  const secure = publicUrl().protocol === "https:";
  return { url, cookies: [{ name: oidcCookieName(), value, maxAge: CHALLENGE_SECONDS, secure }] };
}
