import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";
import { lockPerson, ownAccount, personSubject } from "#lib/people/person-subject.ts";
import { totpPlace } from "#lib/people/second-factor.ts";
import { newTotpSecret, totpUri } from "#lib/people/totp.ts";
import { sealField } from "#lib/secrets/sealed-field.ts";

/** What an authenticator app is set up with, shown this once: base32 to type, and the address behind the QR code. */
export type TotpEnrolment = { readonly secret: string; readonly uri: string };

/**
 * Makes the secret of an authenticator app for the person's own account. It is in use only once `confirmTotp` has seen a code;
 * beginning again replaces a secret that was never confirmed. Needs a fresh sign-in.
 * @throws AppError `fresh-sign-in-required`; `conflict` when an app is in use already
 */
export async function beginTotp(ctx: Context): Promise<TotpEnrolment> {
  const { actor } = ownAccount(ctx);
  return transact(
    ctx,
    {
      action: "begin-totp",
      subject: personSubject(actor),
      allow: async (tx) => {
        await lockPerson(tx, actor.id);
        await requireFreshSignIn(tx, ctx);
      },
    },
    async (tx) => {
      const known = await tx.totpFactor.findUnique({ where: { personId: actor.id } });
      if (known !== null && known.confirmedAt !== null) {
        throw new AppError(
          "conflict",
          "An authenticator app is in use already. Nothing was changed. Remove it first.",
        );
      }
      const secret = newTotpSecret();
      const data = { sealedSecret: sealField(totpPlace(actor.id), secret), lastStep: 0n };
      await tx.totpFactor.upsert({
        where: { personId: actor.id },
        create: { personId: actor.id, ...data },
        update: data,
      });
      return { secret, uri: totpUri(secret, actor.email) };
    },
  );
}
