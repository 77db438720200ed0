import type { Tx } from "#lib/db/transact-handle.ts";
import { database } from "#lib/db/client.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import { type Challenge, CHALLENGE_SECONDS, findChallenge, issueChallenge } from "#lib/people/challenge.ts";
import type { NewSession } from "#lib/people/open-session.ts";
import { publicUrl } from "#lib/people/public-url.ts";
import type { SecondFactorChoices } from "#lib/people/schema.ts";
import { secondFactorChoices } from "#lib/people/second-factor.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";

/** What a sign-in gives: the cookies of a session, or of a sign-in that waits for one of these second factors. */
export type SignInAnswer = {
  readonly cookies: readonly SessionCookie[];
  readonly secondFactor: SecondFactorChoices | null;
};

/** The first half of a sign-in: who it is for, and what was proved for it. */
export type FirstFactor = Pick<NewSession, "personId" | "address" | "signedInWith" | "isFresh">;

/** A sign-in whose first factor was right. */
export type PendingSignIn = FirstFactor & { readonly personId: string };

/** The name of the cookie that holds the token of a sign-in under way. */
export function pendingCookieName(): string {
  return cookieName("sign_in");
}

/** The name of a cookie of ours beside the session's, marked as secure by its name where people come over https. */
export function cookieName(purpose: string): string {
  return `${publicUrl().protocol === "https:" ? "__Secure-" : ""}lockstep.${purpose}`;
}

/** Begins a sign-in that waits for its second factor, at most ten minutes, in the browser that began it. */
export async function beginPendingSignIn(
  tx: Tx,
  first: FirstFactor,
  secondFactor: SecondFactorChoices,
): Promise<SignInAnswer> {
  const token = await issueChallenge(tx, {
    kind: "second-factor",
    personId: first.personId,
    sessionId: null,
    address: first.address,
    data: { signedInWith: first.signedInWith, isFresh: first.isFresh ? "yes" : "no" },
  });
  const secure = publicUrl().protocol === "https:";
  const cookie = { name: pendingCookieName(), value: token, maxAge: CHALLENGE_SECONDS, secure };
  return { cookies: [cookie], secondFactor };
}

/** The second factors that the sign-in of a cookie waits for; null when there is none any more. */
export async function getPendingSignIn(token: string): Promise<SecondFactorChoices | null> {
  const challenge = await findChallenge(database(), "second-factor", token);
  return challenge?.personId == null ? null : secondFactorChoices(database(), challenge.personId);
}

/** The sign-in of a token. @throws AppError `unauthenticated` when it is too old or was finished */
export function requirePending(challenge: Challenge | null): PendingSignIn {
  if (challenge === null) {
    throw new AppError(
      "unauthenticated",
      "This sign-in took longer than ten minutes, or was finished already. Start again.",
    );
  }
  const { personId, data } = challenge;
  const signedInWith = data["signedInWith"];
  if (personId === null || (signedInWith !== "password" && signedInWith !== "oidc")) {
    throw new InvariantError("a sign-in that waits for its second factor has no first one");
  }
  return { personId, address: null, signedInWith, isFresh: data["isFresh"] === "yes" };
}
