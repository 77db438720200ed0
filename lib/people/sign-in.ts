import { parseSetCookieHeader } from "better-auth/cookies";

import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { ADDRESS_HEADER, authOn } from "#lib/people/auth.ts";
import { personSubject } from "#lib/people/person-subject.ts";
import type { SignInInput } from "#lib/people/schema.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";

type Found = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly deactivated: boolean;
};

/**
 * Opens a session for the person with this e-mail and password and returns its cookies. Failures are recorded as denied, and
 * all have the same words and take about the same time, so that nobody learns which accounts exist.
 * @throws AppError `unauthenticated` for a wrong e-mail or password and for deactivated people; `forbidden` while a delay runs
 */
export async function signIn(
  ctx: Context,
  input: SignInInput,
  userAgent: string | null,
): Promise<readonly SessionCookie[]> {
  const attempt = { email: input.email, address: ctx.sourceAddress };
  await countAttempt(attempt);
  const known: { found: Found | null } = { found: null };
  const act = {
    action: "sign-in",
    get subject() {
      return personSubject(known.found ?? { id: null, name: "unknown account" });
    },
    input,
    allow: async (tx: Tx) => {
      known.found = await findPerson(tx, input.email);
    },
    conclude: () =>
      known.found === null ? {} : { actor: { kind: "person", ...identity(known.found) } as const },
  } as const;
  return transact(ctx, act, async (tx) => {
    const cookies = await openSession(tx, input, ctx.sourceAddress, userAgent);
    if (cookies === null || known.found === null || known.found.deactivated) throw refusal();
    await forgiveAttempt(tx, attempt);
    return cookies;
  });
}

/** Null when better-auth refuses e-mail or password; it hashes for unknown accounts too, so that both take as long. */
async function openSession(
  tx: Tx,
  input: SignInInput,
  address: string | null,
  userAgent: string | null,
): Promise<readonly SessionCookie[] | null> {
  const headers = new Headers();
  if (address !== null) headers.set(ADDRESS_HEADER, address);
  if (userAgent !== null) headers.set("user-agent", userAgent);
  try {
    const answer = await authOn(tx).api.signInEmail({
      body: { email: input.email, password: input.password },
      headers,
      returnHeaders: true,
    });
    return cookiesOf(answer.headers);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : null;
  return status === 400 || status === 401 || status === 403;
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

async function findPerson(tx: Tx, email: string): Promise<Found | null> {
  const rows = await tx.$queryRaw<Found[]>`
    SELECT id, name, email, deactivated_at IS NOT NULL AS deactivated FROM person WHERE email = ${email} FOR SHARE`;
  return rows[0] ?? null;
}

function identity({ id, name, email }: Found) {
  return { id, name, email };
}

function refusal(): AppError {
  return new AppError(
    "unauthenticated",
    "The e-mail address or the password is wrong. After five failures each further try has to wait.",
  );
}
