import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";
import { lockPerson, ownAccount, personSubject } from "#lib/people/person-subject.ts";
import type { RemovePasskeyInput } from "#lib/people/schema.ts";
import { dropIdleRecoveryCodes } from "#lib/people/second-factor.ts";

/**
 * Takes one of the person's own passkeys out of use; with the last second factor the recovery codes go too. Needs a fresh sign-in.
 * @throws AppError `fresh-sign-in-required`; `not-found` for anybody else's, and none
 */
export async function removePasskey(ctx: Context, input: RemovePasskeyInput): Promise<void> {
  const { actor } = ownAccount(ctx);
  await transact(
    ctx,
    {
      action: "remove-passkey",
      subject: personSubject(actor),
      input,
      allow: async (tx) => {
        await lockPerson(tx, actor.id);
        await requireFreshSignIn(tx, ctx);
      },
      conclude: (name: string) => ({ outcome: { name } }),
    },
    async (tx) => {
      const passkey = await tx.passkey.findFirst({ where: { id: input.passkeyId, personId: actor.id } });
      if (passkey === null) throw new AppError("not-found", "You have no such passkey. Reload the page.");
      await tx.passkey.delete({ where: { id: passkey.id } });
      await dropIdleRecoveryCodes(tx, actor.id);
      return passkey.name;
    },
  );
}
