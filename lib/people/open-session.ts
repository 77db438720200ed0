import { parseSetCookieHeader } from "better-auth/cookies";

import type { Tx } from "#lib/db/transact-handle.ts";
import { ADDRESS_HEADER, authOn } from "#lib/people/auth.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";

/** Whose session is opened, and what was proved for it. */
export type NewSession = {
  readonly personId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly signedInWith: "password" | "passkey" | "oidc";
  /** False when a provider let the person in without saying that it asked them just now. */
  readonly isFresh: boolean;
  readonly secondFactorUsed: boolean;
};

/**
 * Opens a session in the transaction of the sign-in, so that session and audit row exist together, and returns its cookies.
 * Decides nothing: whoever calls it has checked every factor.
 */
export async function openSession(tx: Tx, wanted: NewSession): Promise<readonly SessionCookie[]> {
  const headers = new Headers();
  if (wanted.address !== null) headers.set(ADDRESS_HEADER, wanted.address);
  if (wanted.userAgent !== null) headers.set("user-agent", wanted.userAgent);
  const answer = await authOn(tx).api.openSession({
    body: { personId: wanted.personId },
    headers,
    returnHeaders: true,
  });
  await tx.$executeRaw`
    UPDATE session SET signed_in_with = ${wanted.signedInWith},
      confirmed_at = CASE WHEN ${wanted.isFresh} THEN clock_timestamp() END,
      second_factor_at = CASE WHEN ${wanted.secondFactorUsed} THEN clock_timestamp() END
    WHERE id = ${answer.response.sessionId}::uuid`;
  return cookiesOf(answer.headers);
}

function cookiesOf(headers: Headers): readonly SessionCookie[] {
  return headers.getSetCookie().flatMap((line) =>
    [...parseSetCookieHeader(line)].map(([name, cookie]) => ({
      name,
      value: cookie.value,
      maxAge: cookie["max-age"] ?? null,
      secure: cookie.secure ?? false,
    })),
  );
}
