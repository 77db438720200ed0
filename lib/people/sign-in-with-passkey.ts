import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { challengeOver, findChallenge, takeChallenge } from "#lib/people/challenge.ts";
import { openSession } from "#lib/people/open-session.ts";
import {
  type KnownPerson,
  personActor,
  personSubject,
  shareActivePerson,
} from "#lib/people/person-subject.ts";
import { providerOf } from "#lib/people/oidc-settings.ts";
import type { PasskeyInput } from "#lib/people/schema.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";
import { verifyPasskey } from "#lib/people/verify-passkey.ts";
import { database } from "#lib/db/client.ts";

type Done = { readonly cookies: readonly SessionCookie[]; readonly passkey: string };

/**
 * Opens a session for the owner of a passkey that made sure who holds it (PIN, finger, face): possession and person are two
 * factors, so no other is asked for. Wrong answers delay like wrong passwords.
 * @throws AppError `unauthenticated` for a passkey that is unknown, wrong, or of a deactivated person; `forbidden` while a delay
 *   runs, and for people who have to come through their provider; `invalid` when the challenge is used or too old
 */
export async function signInWithPasskey(
  ctx: Context,
  input: PasskeyInput,
  userAgent: string | null,
): Promise<readonly SessionCookie[]> {
  if ((await findChallenge(database(), "passkey-sign-in", input.challenge)) === null) throw challengeOver();
  const attempt = { email: `passkey ${input.answer.id}`, address: ctx.sourceAddress };
  await countAttempt(attempt);
  const known: { person: KnownPerson | null } = { person: null };
  const act = {
    action: "sign-in-with-passkey",
    get subject() {
      return personSubject(known.person ?? { id: null, name: "unknown account" });
    },
    input,
    allow: async (tx: Tx) => {
      const challenge = await takeChallenge(tx, "passkey-sign-in", input.challenge);
      if (challenge === null || challenge.personId !== null) throw challengeOver();
      const passkey = await verifyPasskey(tx, input, { userVerification: true });
      known.person = await shareActivePerson(tx, passkey.personId);
      await requireNoProvider(tx, passkey.personId);
      return passkey;
    },
    conclude: ({ passkey }: Done) => ({
      ...(known.person === null ? {} : { actor: personActor(known.person) }),
      outcome: { with: "passkey", passkey, complete: true },
    }),
  } as const;
  const done = await transact(ctx, act, async (tx, { personId, name }) => {
    await forgiveAttempt(tx, attempt);
    const proof = { signedInWith: "passkey", isFresh: true, secondFactorUsed: true } as const;
    const cookies = await openSession(tx, { personId, address: ctx.sourceAddress, userAgent, ...proof });
    return { cookies, passkey: name };
  });
  return done.cookies;
}

/** Whoever may not use a password may not go around the provider with a passkey either: it decides who still works here. */
async function requireNoProvider(tx: Tx, personId: string): Promise<void> {
  const provider = await providerOf(tx, personId);
  if (provider === null || provider.passwordAllowed) return;
  throw new AppError(
    "forbidden",
    `People of the provider sign in there. Nothing was done. Choose "${provider.label}"; the passkey then is the second factor.`,
  );
}
