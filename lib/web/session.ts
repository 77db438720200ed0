import "server-only";

import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";

import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { type CurrentSession, readCurrentSession } from "#lib/people/current-session.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";
import { PATH_HEADER } from "#lib/web/content-security-policy.ts";
import { requestFacts } from "#lib/web/request.ts";
import { signInPath } from "#lib/web/sign-in-path.ts";

/** A signed-in request: what verbs are called with, and the session that it rests on. */
export type SignedIn = { readonly context: Context; readonly session: CurrentSession };

/**
 * The signed-in person of the request, null when there is none. With `counts` false the request is no sign of life: reads
 * that pages repeat by themselves must not keep an abandoned session open.
 */
export async function readSignedIn(options: { readonly counts: boolean }): Promise<SignedIn | null> {
  const incoming = await headers();
  const session = await readCurrentSession(new Headers(incoming), options);
  if (session === null) return null;
  const { sourceAddress, requestId } = requestFacts(new Headers(incoming));
  const actor = { kind: "person", ...session.person } as const;
  return { session, context: { actor, sourceAddress, requestId, sessionId: session.sessionId } };
}

/** The signed-in person of an action. @throws AppError `unauthenticated` when the session is over */
export async function requireSignedIn(options: { readonly counts: boolean }): Promise<SignedIn> {
  const signedIn = await readSignedIn(options);
  if (signedIn !== null) return signedIn;
  throw new AppError(
    "unauthenticated",
    "The session has ended. Nothing was done, and this page is not lost: sign in again in another tab, then go on here.",
  );
}

const signedInForPage = cache(async () => readSignedIn({ counts: true }));

/**
 * The context of a page; sends signed-out people to the sign-in page, which brings them back. Once a request, whatever calls
 * it. Layouts and pages both call it: neither runs after the other for certain.
 */
export async function requirePageContext(): Promise<SignedIn> {
  const signedIn = await signedInForPage();
  if (signedIn !== null) return signedIn;
  redirect(signInPath((await headers()).get(PATH_HEADER)));
}

/** Whether somebody is signed in, for the sign-in page. */
export async function isSignedIn(): Promise<boolean> {
  return (await signedInForPage()) !== null;
}

/** Sets the cookies of a new session, or of one under way; in actions and route handlers only. */
export async function setSessionCookies(made: readonly SessionCookie[]): Promise<void> {
  const jar = await cookies();
  for (const { name, value, maxAge, secure } of made) {
    jar.set(name, value, {
      httpOnly: true,
      sameSite: "lax",
      path: "/",
      secure,
      ...(maxAge === null ? {} : { maxAge }),
    });
  }
}

/** The token that one of our own cookies beside the session's holds; blank when there is none. */
export async function readCookie(name: string): Promise<string> {
  return (await cookies()).get(name)?.value ?? "";
}

/** Removes a cookie of our own; in actions and route handlers only. */
export async function dropCookie(name: string): Promise<void> {
  (await cookies()).delete({ name, path: "/", secure: name.startsWith("__Secure-") });
}

/** Removes every cookie of the session; in actions only. */
export async function clearSessionCookies(): Promise<void> {
  const jar = await cookies();
  for (const { name } of jar.getAll()) {
    if (/^(__Secure-)?lockstep\./.test(name)) jar.delete(name);
  }
}
