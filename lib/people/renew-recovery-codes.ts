import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { hasSecondFactor, requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";
import { lockPerson, ownAccount, personSubject } from "#lib/people/person-subject.ts";
import { replaceRecoveryCodes } from "#lib/people/second-factor.ts";

/**
 * Ten new recovery codes for the person's own account, shown this once; the ones before them stop working.
 * @throws AppError `fresh-sign-in-required`; `conflict` without a second factor
 */
export async function renewRecoveryCodes(
  ctx: Context,
): Promise<{ readonly recoveryCodes: readonly string[] }> {
  const { actor } = ownAccount(ctx);
  return transact(
    ctx,
    {
      action: "renew-recovery-codes",
      subject: personSubject(actor),
      allow: async (tx) => {
        await lockPerson(tx, actor.id);
        await requireFreshSignIn(tx, ctx);
      },
    },
    async (tx) => {
      if (!(await hasSecondFactor(tx, actor.id)))
        throw new AppError("conflict", "Recovery codes stand in for a second factor. Set one up first.");
      return { recoveryCodes: await replaceRecoveryCodes(tx, actor.id) };
    },
  );
}
