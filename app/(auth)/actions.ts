"use server";

import { z } from "zod";

import { beginOidcConfirmation, beginOidcSignIn } from "#lib/people/begin-oidc.ts";
import { completeSignIn } from "#lib/people/complete-sign-in.ts";
import { completeSignInWithPasskey } from "#lib/people/complete-sign-in-with-passkey.ts";
import { beginPasskeyCompletion, beginPasskeySignIn } from "#lib/people/passkey-challenge.ts";
import { pendingCookieName } from "#lib/people/pending-sign-in.ts";
import { redeemPasswordLink } from "#lib/people/redeem-password-link.ts";
import { redeemSetupLink } from "#lib/people/redeem-setup-link.ts";
import {
  completeSignInInput,
  passkeyInput,
  redeemPasswordLinkInput,
  redeemSetupLinkInput,
  signInInput,
} from "#lib/people/schema.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";
import { signIn } from "#lib/people/sign-in.ts";
import { signInWithPasskey } from "#lib/people/sign-in-with-passkey.ts";
import { signOut } from "#lib/people/sign-out.ts";
import { runAction, runPublicAction } from "#lib/web/run-action.ts";
import { clearSessionCookies, dropCookie, readCookie, setSessionCookies } from "#lib/web/session.ts";
import { safeNextPath } from "#lib/web/sign-in-path.ts";

const nothing = z.strictObject({});
const beginning = z.strictObject({ next: z.string().max(2000) });

/** Answers the second factors to choose from; null: signed in. */
export async function signInAction(input: unknown) {
  return runPublicAction(signInInput, input, async (context, parsed, userAgent) => {
    const { cookies, secondFactor } = await signIn(context, parsed, userAgent);
    await setSessionCookies(cookies);
    return secondFactor;
  });
}

export async function completeSignInAction(input: unknown) {
  return runPublicAction(completeSignInInput, input, async (context, parsed, userAgent) => {
    const token = await readCookie(pendingCookieName());
    await finish(await completeSignIn(context, token, parsed, userAgent));
  });
}

export async function beginPasskeyCompletionAction(input: unknown) {
  return runPublicAction(nothing, input, async (context) =>
    beginPasskeyCompletion(context, await readCookie(pendingCookieName())),
  );
}

export async function completeSignInWithPasskeyAction(input: unknown) {
  return runPublicAction(passkeyInput, input, async (context, parsed, userAgent) => {
    const token = await readCookie(pendingCookieName());
    await finish(await completeSignInWithPasskey(context, token, parsed, userAgent));
  });
}

export async function cancelSignInAction(input: unknown) {
  return runPublicAction(nothing, input, async () => dropCookie(pendingCookieName()));
}

export async function beginPasskeySignInAction(input: unknown) {
  return runPublicAction(nothing, input, beginPasskeySignIn);
}

export async function signInWithPasskeyAction(input: unknown) {
  return runPublicAction(passkeyInput, input, async (context, parsed, userAgent) =>
    finish(await signInWithPasskey(context, parsed, userAgent)),
  );
}

/** Answers the address at the provider to go to. */
export async function beginOidcSignInAction(input: unknown) {
  return runPublicAction(beginning, input, async (context, { next }) => {
    const { url, cookies } = await beginOidcSignIn(context, safeNextPath(next));
    await setSessionCookies(cookies);
    return url;
  });
}

/** The same for a fresh sign-in within the session. */
export async function beginOidcConfirmationAction(input: unknown) {
  return runAction(nothing, input, async (context) => {
    const { url, cookies } = await beginOidcConfirmation(context);
    await setSessionCookies(cookies);
    return url;
  });
}

export async function redeemSetupLinkAction(input: unknown) {
  return runPublicAction(redeemSetupLinkInput, input, async (context, parsed, userAgent) => {
    await redeemSetupLink(context, parsed);
    const { email, password } = parsed;
    const { cookies } = await signIn(context, { email, password }, userAgent);
    await setSessionCookies(cookies);
  });
}

export async function redeemPasswordLinkAction(input: unknown) {
  return runPublicAction(redeemPasswordLinkInput, input, redeemPasswordLink);
}

export async function signOutAction(input: unknown) {
  return runAction(nothing, input, async (context, _input, session) => {
    await signOut(context, session.sessionId);
    await clearSessionCookies();
  });
}

/** Being called is the sign of life; answers when the session ends now. */
export async function renewSessionAction(input: unknown) {
  return runAction(nothing, input, async (_context, _input, session) => session.endsAt.toISOString());
}

async function finish(cookies: readonly SessionCookie[]): Promise<void> {
  await dropCookie(pendingCookieName());
  await setSessionCookies(cookies);
}
