import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireFreshSignIn, stampSession } from "#lib/people/fresh-sign-in.ts";
import { lockPerson, ownAccount, personSubject } from "#lib/people/person-subject.ts";
import type { ConfirmTotpInput } from "#lib/people/schema.ts";
import { codeAttempt, ensureRecoveryCodes, spendTotpCode } from "#lib/people/second-factor.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";

/** What comes with a first second factor, shown this once; null where the person has recovery codes already. */
export type NewRecoveryCodes = { readonly recoveryCodes: readonly string[] | null };

/**
 * Puts the authenticator app that `beginTotp` set up into use, once it has shown a right code. From now on sign-in asks for it.
 * @throws AppError `fresh-sign-in-required`; `forbidden` for a wrong code and while a delay runs
 */
export async function confirmTotp(ctx: Context, input: ConfirmTotpInput): Promise<NewRecoveryCodes> {
  const { actor, sessionId } = ownAccount(ctx);
  const attempt = codeAttempt(actor.id, ctx.sourceAddress);
  await countAttempt(attempt);
  return transact(
    ctx,
    {
      action: "confirm-totp",
      subject: personSubject(actor),
      input,
      allow: async (tx) => {
        await lockPerson(tx, actor.id);
        await requireFreshSignIn(tx, ctx);
      },
      conclude: ({ recoveryCodes }: NewRecoveryCodes) => ({
        outcome: { recoveryCodesMade: recoveryCodes !== null },
      }),
    },
    async (tx) => {
      if (!(await spendTotpCode(tx, actor.id, input.code, false))) throw wrongCode();
      await tx.$executeRaw`UPDATE totp_factor SET confirmed_at = now() WHERE person_id = ${actor.id}::uuid`;
      await forgiveAttempt(tx, attempt);
      await stampSession(tx, sessionId, { identity: false, secondFactor: true });
      return { recoveryCodes: await ensureRecoveryCodes(tx, actor.id) };
    },
  );
}

function wrongCode(): AppError {
  const message =
    "This is not the code that the app should show now. Check that the clock of the device is right, then enter the next code.";
  return new AppError("forbidden", message, { fields: { code: message } });
}
