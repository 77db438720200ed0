import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";
import { lockPerson, ownAccount, personSubject } from "#lib/people/person-subject.ts";
import { dropIdleRecoveryCodes } from "#lib/people/second-factor.ts";

/**
 * Takes the person's own authenticator app out of use; with the last second factor the recovery codes go too.
 * @throws AppError `fresh-sign-in-required`; `not-found` when none is in use
 */
export async function removeTotp(ctx: Context): Promise<void> {
  const { actor } = ownAccount(ctx);
  await transact(
    ctx,
    {
      action: "remove-totp",
      subject: personSubject(actor),
      allow: async (tx) => {
        await lockPerson(tx, actor.id);
        await requireFreshSignIn(tx, ctx);
      },
    },
    async (tx) => {
      const removed = await tx.totpFactor.deleteMany({ where: { personId: actor.id } });
      if (removed.count === 0)
        throw new AppError("not-found", "No authenticator app is in use. Reload the page.");
      await dropIdleRecoveryCodes(tx, actor.id);
    },
  );
}
