import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import type { Context } from "#lib/people/actor.ts";
import { challengeOver, findChallenge, takeChallenge } from "#lib/people/challenge.ts";
import { openWhole } from "#lib/people/complete-sign-in.ts";
import { requirePending } from "#lib/people/pending-sign-in.ts";
import {
  type KnownPerson,
  personActor,
  personSubject,
  shareActivePerson,
} from "#lib/people/person-subject.ts";
import type { PasskeyInput } from "#lib/people/schema.ts";
import { codeAttempt } from "#lib/people/second-factor.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";
import { verifyPasskey } from "#lib/people/verify-passkey.ts";

/**
 * Finishes a sign-in with one of the person's passkeys as second factor, and opens the session. `token` is that of the browser's
 * cookie. Wrong answers delay like wrong codes.
 * @throws AppError `unauthenticated` when the sign-in took too long, the passkey is not this person's or its answer is wrong;
 *   `forbidden` while a delay runs; `invalid` when the passkey's challenge is used or too old
 */
export async function completeSignInWithPasskey(
  ctx: Context,
  token: string,
  input: PasskeyInput,
  userAgent: string | null,
): Promise<readonly SessionCookie[]> {
  const pending = requirePending(await findChallenge(database(), "second-factor", token));
  const attempt = codeAttempt(pending.personId, ctx.sourceAddress);
  await countAttempt(attempt);
  const known: { person: KnownPerson | null } = { person: null };
  const act = {
    action: "complete-sign-in-with-passkey",
    get subject() {
      return personSubject(known.person ?? { id: pending.personId, name: "person" });
    },
    input,
    allow: async (tx: Tx) => {
      const person = await shareActivePerson(tx, pending.personId);
      known.person = person;
      const challenge = await takeChallenge(tx, "passkey-sign-in", input.challenge);
      if (challenge?.personId !== person.id) throw challengeOver();
      await verifyPasskey(tx, input, { userVerification: false, personId: person.id });
      return person;
    },
    conclude: (_cookies: readonly SessionCookie[], person: KnownPerson) => ({
      actor: personActor(person),
      outcome: { with: pending.signedInWith, secondFactor: "passkey" },
    }),
  } as const;
  return transact(ctx, act, async (tx) => {
    requirePending(await takeChallenge(tx, "second-factor", token));
    await forgiveAttempt(tx, attempt);
    return openWhole(tx, ctx, pending, userAgent);
  });
}
