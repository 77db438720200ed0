import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { challengeOver, takeChallenge } from "#lib/people/challenge.ts";
import type { NewRecoveryCodes } from "#lib/people/confirm-totp.ts";
import { requireFreshSignIn, stampSession } from "#lib/people/fresh-sign-in.ts";
import { lockPerson, ownAccount, personSubject } from "#lib/people/person-subject.ts";
import type { RegisterPasskeyInput } from "#lib/people/schema.ts";
import { ensureRecoveryCodes } from "#lib/people/second-factor.ts";
import { verifyNewPasskey } from "#lib/people/verify-passkey.ts";

/** More would be a mistake, or somebody filling the table. */
const PASSKEYS_MAX = 20;

type Registered = NewRecoveryCodes & { readonly synced: boolean };

/**
 * Adds a passkey to the person's own account. From now on it is a second factor: sign-in by password asks for it, or for another.
 * With a first second factor come recovery codes, shown this once. Needs a fresh sign-in.
 * @throws AppError `fresh-sign-in-required`; `invalid` when the challenge is used, too old or of another session, and for an
 *   answer that does not agree; `conflict` for a passkey that is known already, and beyond twenty
 */
export async function registerPasskey(ctx: Context, input: RegisterPasskeyInput): Promise<NewRecoveryCodes> {
  const { actor, sessionId } = ownAccount(ctx);
  return transact(
    ctx,
    {
      action: "register-passkey",
      subject: personSubject(actor),
      input,
      allow: async (tx) => {
        await lockPerson(tx, actor.id);
        await requireFreshSignIn(tx, ctx);
        const challenge = await takeChallenge(tx, "passkey-register", input.challenge);
        if (challenge?.sessionId !== sessionId || challenge.personId !== actor.id) throw challengeOver();
      },
      conclude: ({ recoveryCodes, synced }: Registered) => ({
        outcome: { synced, recoveryCodesMade: recoveryCodes !== null },
      }),
    },
    async (tx) => {
      const { userVerified, ...made } = await verifyNewPasskey(input);
      const known = await tx.passkey.count({ where: { credentialId: made.credentialId } });
      if (known > 0) throw new AppError("conflict", "This passkey was added already. Nothing was changed.");
      if ((await tx.passkey.count({ where: { personId: actor.id } })) >= PASSKEYS_MAX)
        throw new AppError("conflict", `${PASSKEYS_MAX} passkeys are the most. Remove one first.`);
      const transports = input.answer.response.transports ?? [];
      await tx.passkey.create({ data: { ...made, transports, name: input.name, personId: actor.id } });
      await stampSession(tx, sessionId, { identity: false, secondFactor: userVerified });
      return { recoveryCodes: await ensureRecoveryCodes(tx, actor.id), synced: made.synced };
    },
  ).then(({ recoveryCodes }) => ({ recoveryCodes }));
}
