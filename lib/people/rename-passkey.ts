import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { lockPerson, ownAccount, personSubject } from "#lib/people/person-subject.ts";
import type { RenamePasskeyInput } from "#lib/people/schema.ts";

/** Gives one of the person's own passkeys another name. @throws AppError `not-found` for anybody else's, and none */
export async function renamePasskey(ctx: Context, input: RenamePasskeyInput): Promise<void> {
  const { actor } = ownAccount(ctx);
  await transact(
    ctx,
    {
      action: "rename-passkey",
      subject: personSubject(actor),
      input,
      allow: async (tx) => lockPerson(tx, actor.id),
    },
    async (tx) => {
      const where = { id: input.passkeyId, personId: actor.id };
      const renamed = await tx.passkey.updateMany({ where, data: { name: input.name } });
      if (renamed.count === 0) throw new AppError("not-found", "You have no such passkey. Reload the page.");
    },
  );
}
