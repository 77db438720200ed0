import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { stampSession } from "#lib/people/fresh-sign-in.ts";
import { requirePasswordAllowed } from "#lib/people/oidc-settings.ts";
import { requirePassword } from "#lib/people/password.ts";
import { ownAccount, personSubject, shareActivePerson } from "#lib/people/person-subject.ts";
import type { ConfirmIdentityInput, Freshness } from "#lib/people/schema.ts";
import { codeAttempt, spendFactorCode } from "#lib/people/second-factor.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";

/**
 * Proves again, within the open session, who sits there: by password, by a code of the second factor, or by both at once; what
 * is blank is not looked at. Answers what is fresh now. One wrong part undoes the other. Wrong tries delay as at sign-in.
 * @throws AppError `forbidden` with the field for a wrong password or code, and while a delay runs; `invalid` with neither
 */
export async function confirmIdentity(ctx: Context, input: ConfirmIdentityInput): Promise<Freshness> {
  const { actor, sessionId } = ownAccount(ctx);
  const identity = input.password !== "";
  const secondFactor = input.code !== "";
  if (!identity && !secondFactor) throw nothingGiven();
  const attempts = [
    ...(identity ? [{ email: actor.email, address: ctx.sourceAddress }] : []),
    // One request is one try of its address, whatever it holds.
    ...(secondFactor ? [codeAttempt(actor.id, identity ? null : ctx.sourceAddress)] : []),
  ];
  for (const attempt of attempts) await countAttempt(attempt);
  return transact(
    ctx,
    {
      action: "confirm-identity",
      subject: personSubject(actor),
      input,
      allow: async (tx) => {
        await shareActivePerson(tx, actor.id);
        if (!identity) return;
        await requirePassword(tx, actor.id, input.password, "password");
        await requirePasswordAllowed(tx, actor.id);
      },
      conclude: (fresh: Freshness) => ({ outcome: { proved: { identity, secondFactor }, fresh } }),
    },
    async (tx) => {
      if (secondFactor) await spendFactorCode(tx, actor.id, input.code);
      for (const attempt of attempts) await forgiveAttempt(tx, attempt);
      return stampSession(tx, sessionId, { identity, secondFactor });
    },
  );
}

function nothingGiven(): AppError {
  const message = "Enter your password, or a code of your second factor.";
  return new AppError("invalid", message, { fields: { password: message } });
}
