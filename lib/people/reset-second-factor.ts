import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { PersonInput } from "#lib/people/schema.ts";
import { dropSecondFactors } from "#lib/people/second-factor.ts";

/** What a reset took away. */
export type ResetSecondFactor = {
  readonly totp: number;
  readonly passkeys: number;
  readonly sessionsEnded: number;
};

/**
 * Takes every second factor away from somebody who lost theirs: authenticator app, passkeys and recovery codes. All their
 * sessions end, and they sign in with the password or provider alone until they set up a new one. Needs a fresh sign-in.
 * @throws AppError `forbidden` for anybody but an administrator of all environments; `fresh-sign-in-required`
 */
export async function resetSecondFactor(ctx: Context, input: PersonInput): Promise<ResetSecondFactor> {
  return transact(
    ctx,
    {
      action: "reset-second-factor",
      subject: personSubject({ id: input.personId, name: "person" }),
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], null);
        await requireFreshSignIn(tx, ctx);
        return lockPerson(tx, input.personId);
      },
      conclude: (reset: ResetSecondFactor, person) => ({ subject: personSubject(person), outcome: reset }),
    },
    async (tx, person) => {
      const dropped = await dropSecondFactors(tx, person.id);
      const ended = await tx.session.deleteMany({ where: { userId: person.id } });
      return { ...dropped, sessionsEnded: ended.count };
    },
  );
}
