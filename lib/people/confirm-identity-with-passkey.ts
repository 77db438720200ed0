import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { challengeOver, takeChallenge } from "#lib/people/challenge.ts";
import { stampSession } from "#lib/people/fresh-sign-in.ts";
import { ownAccount, personSubject, shareActivePerson } from "#lib/people/person-subject.ts";
import type { PasskeyInput, Freshness } from "#lib/people/schema.ts";
import { codeAttempt } from "#lib/people/second-factor.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";
import { verifyPasskey } from "#lib/people/verify-passkey.ts";

/**
 * Proves again, within the open session, who sits there, with one of the person's passkeys that made sure who holds it: both
 * factors in one. The challenge has to be of this very session. Wrong answers delay like wrong codes.
 * @throws AppError `unauthenticated` for a wrong answer; `forbidden` while a delay runs; `invalid` when the challenge is used, too
 *   old or of another session
 */
export async function confirmIdentityWithPasskey(ctx: Context, input: PasskeyInput): Promise<Freshness> {
  const { actor, sessionId } = ownAccount(ctx);
  const attempt = codeAttempt(actor.id, ctx.sourceAddress);
  await countAttempt(attempt);
  return transact(
    ctx,
    {
      action: "confirm-identity-with-passkey",
      subject: personSubject(actor),
      input,
      allow: async (tx) => {
        await shareActivePerson(tx, actor.id);
        const challenge = await takeChallenge(tx, "passkey-confirm", input.challenge);
        if (challenge?.sessionId !== sessionId || challenge.personId !== actor.id) throw challengeOver();
        return verifyPasskey(tx, input, { userVerification: true, personId: actor.id });
      },
      conclude: (fresh: Freshness, passkey) => ({ outcome: { passkey: passkey.name, fresh } }),
    },
    async (tx) => {
      await forgiveAttempt(tx, attempt);
      return stampSession(tx, sessionId, { identity: true, secondFactor: true });
    },
  );
}
