"use server";

import { z } from "zod";

import { redeemPasswordLink } from "#lib/people/redeem-password-link.ts";
import { redeemSetupLink } from "#lib/people/redeem-setup-link.ts";
import { redeemPasswordLinkInput, redeemSetupLinkInput, signInInput } from "#lib/people/schema.ts";
import { signIn } from "#lib/people/sign-in.ts";
import { signOut } from "#lib/people/sign-out.ts";
import { runAction, runPublicAction } from "#lib/web/run-action.ts";
import { clearSessionCookies, setSessionCookies } from "#lib/web/session.ts";

const nothing = z.strictObject({});

export async function signInAction(input: unknown) {
  return runPublicAction(signInInput, input, async (context, parsed, userAgent) =>
    setSessionCookies(await signIn(context, parsed, userAgent)),
  );
}

export async function redeemSetupLinkAction(input: unknown) {
  return runPublicAction(redeemSetupLinkInput, input, async (context, parsed, userAgent) => {
    await redeemSetupLink(context, parsed);
    await setSessionCookies(
      await signIn(context, { email: parsed.email, password: parsed.password }, userAgent),
    );
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
