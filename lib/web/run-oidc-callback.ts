import "server-only";

import { headers } from "next/headers";
import { NextResponse } from "next/server";

import { VISITOR } from "#lib/people/actor.ts";
import { oidcCookieName } from "#lib/people/begin-oidc.ts";
import { confirmIdentityWithOidc } from "#lib/people/confirm-identity-with-oidc.ts";
import { isConfirmation } from "#lib/people/oidc-answer.ts";
import { cookieName } from "#lib/people/pending-sign-in.ts";
import { publicUrl } from "#lib/people/public-url.ts";
import { signInWithOidc } from "#lib/people/sign-in-with-oidc.ts";
import { refusalOf } from "#lib/web/refusal.ts";
import { requestFacts } from "#lib/web/request.ts";
import { dropCookie, readCookie, requireSignedIn, setSessionCookies } from "#lib/web/session.ts";
import { safeNextPath, signInPath } from "#lib/web/sign-in-path.ts";

const REFUSAL_SECONDS = 60;

/** Where the page lies that a fresh sign-in at the provider ends on, in a tab of its own. */
const CONFIRMED_PATH = "/sign-in/confirmed";

/**
 * Answers the browser that the provider sent back: finishes the sign-in or the fresh sign-in that its cookie stands for, and sends
 * it on. It is the one GET that acts, as the protocol has it; state, nonce and the cookie, used up before anything else, bind it
 * to what was begun here. A refusal is said on the page that it leads to.
 */
export async function runOidcCallback(request: Request): Promise<NextResponse> {
  const query = new URL(request.url).searchParams;
  const token = await readCookie(oidcCookieName());
  await dropCookie(oidcCookieName());
  if (await isConfirmation(token)) return confirm(token, query);
  const { requestId, sourceAddress, userAgent } = requestFacts(new Headers(await headers()));
  try {
    const context = { actor: VISITOR, sourceAddress, requestId };
    const done = await signInWithOidc(context, token, query, userAgent);
    await setSessionCookies(done.cookies);
    const next = safeNextPath(done.next);
    return sendTo(done.secondFactor === null ? next : signInPath(next));
  } catch (error) {
    await keepRefusal(refusalOf(error, requestId).message);
    return sendTo("/sign-in");
  }
}

/** The words of the refusal that led to this page, null when there was none in the last minute. */
export async function readRefusal(): Promise<string | null> {
  const words = await readCookie(cookieName("refusal"));
  return words === "" ? null : words;
}

async function confirm(token: string, query: URLSearchParams): Promise<NextResponse> {
  const { requestId } = requestFacts(new Headers(await headers()));
  try {
    const { context } = await requireSignedIn({ counts: true });
    await confirmIdentityWithOidc(context, token, query);
    await dropCookie(cookieName("refusal"));
  } catch (error) {
    await keepRefusal(refusalOf(error, requestId).message);
  }
  return sendTo(CONFIRMED_PATH);
}

async function keepRefusal(message: string): Promise<void> {
  const secure = publicUrl().protocol === "https:";
  await setSessionCookies([{ name: cookieName("refusal"), value: message, maxAge: REFUSAL_SECONDS, secure }]);
}

function sendTo(path: string): NextResponse {
  const response = NextResponse.redirect(new URL(path, publicUrl()), 303);
  response.headers.set("Cache-Control", "no-store");
  return response;
}
