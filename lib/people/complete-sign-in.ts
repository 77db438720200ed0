import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import type { Context } from "#lib/people/actor.ts";
import { findChallenge, takeChallenge } from "#lib/people/challenge.ts";
import { openSession } from "#lib/people/open-session.ts";
import { requirePending, type PendingSignIn } from "#lib/people/pending-sign-in.ts";
import {
  type KnownPerson,
  personActor,
  personSubject,
  shareActivePerson,
} from "#lib/people/person-subject.ts";
import type { CompleteSignInInput } from "#lib/people/schema.ts";
import { codeAttempt, spendFactorCode } from "#lib/people/second-factor.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";

/**
 * Finishes a sign-in with a code of the authenticator app or a recovery code, and opens the session. `token` is that of the
 * browser's cookie. Wrong codes delay like wrong passwords, counted for themselves; each code works once.
 * @throws AppError `unauthenticated` when the sign-in took too long or the person was deactivated; `forbidden` for a wrong code
 *   and while a delay runs
 */
export async function completeSignIn(
  ctx: Context,
  token: string,
  input: CompleteSignInInput,
  userAgent: string | null,
): Promise<readonly SessionCookie[]> {
  const pending = requirePending(await findChallenge(database(), "second-factor", token));
  const attempt = codeAttempt(pending.personId, ctx.sourceAddress);
  await countAttempt(attempt);
  const known: { person: KnownPerson | null } = { person: null };
  const act = {
    action: "complete-sign-in",
    get subject() {
      return personSubject(known.person ?? { id: pending.personId, name: "person" });
    },
    input,
    allow: async (tx: Tx) => {
      known.person = await shareActivePerson(tx, pending.personId);
      return known.person;
    },
    conclude: ({ method }: { method: string }, person: KnownPerson) => ({
      actor: personActor(person),
      outcome: { with: pending.signedInWith, secondFactor: method },
    }),
  } as const;
  const done = await transact(ctx, act, async (tx) => {
    requirePending(await takeChallenge(tx, "second-factor", token));
    const method = await spendFactorCode(tx, pending.personId, input.code);
    await forgiveAttempt(tx, attempt);
    return { method, cookies: await openWhole(tx, ctx, pending, userAgent) };
  });
  return done.cookies;
}

/** Opens the session of a sign-in whose two factors were right. */
export async function openWhole(
  tx: Tx,
  ctx: Context,
  pending: PendingSignIn,
  userAgent: string | null,
): Promise<readonly SessionCookie[]> {
  const { personId, signedInWith, isFresh } = pending;
  const proof = { signedInWith, isFresh, secondFactorUsed: true } as const;
  return openSession(tx, { personId, address: ctx.sourceAddress, userAgent, ...proof });
}
