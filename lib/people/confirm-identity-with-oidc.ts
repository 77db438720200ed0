import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { stampSession } from "#lib/people/fresh-sign-in.ts";
import { holdOidcSettings, type OidcAnswer, readOidcAnswer } from "#lib/people/oidc-answer.ts";
import { saysSecondFactor, wasAskedSince } from "#lib/people/oidc-rules.ts";
import { OIDC_PROVIDER, oidcAccountId } from "#lib/people/oidc-settings.ts";
import { ownAccount, personSubject, shareActivePerson } from "#lib/people/person-subject.ts";
import type { Freshness } from "#lib/people/schema.ts";

/**
 * Proves again, within the open session, who sits there, by what the provider answered after it was told to ask anew. It counts
 * only for the same account of the provider, in the session that began it, and when the provider says that it did ask.
 * @throws AppError `forbidden` (recorded) otherwise; `invalid`, `conflict`, `unavailable` as `readOidcAnswer`
 */
export async function confirmIdentityWithOidc(
  ctx: Context,
  token: string,
  query: URLSearchParams,
): Promise<Freshness> {
  const { actor, sessionId } = ownAccount(ctx);
  const answer = await readOidcAnswer("oidc-confirm", token, query);
  const act = {
    action: "confirm-identity-with-oidc",
    subject: personSubject(actor),
    allow: async (tx: Tx) => {
      await shareActivePerson(tx, actor.id);
      if (!answer.said.ok) throw answer.said.error;
      await holdOidcSettings(tx, answer.settings);
      if (answer.challenge.sessionId !== sessionId) throw otherPerson();
      await requireOwnAccount(tx, answer, actor.id);
      if (!wasAskedSince(answer.said.claims, answer.beganAt)) throw notAsked();
    },
    conclude: (fresh: Freshness) => ({ outcome: { fresh } }),
  } as const;
  return transact(ctx, act, async (tx) => {
    if (!answer.said.ok) throw new InvariantError("a wrong answer of the provider got past its refusal");
    const secondFactor = answer.settings.trustsSecondFactor && saysSecondFactor(answer.said.claims);
    return stampSession(tx, sessionId, { identity: true, secondFactor });
  });
}

async function requireOwnAccount(tx: Tx, { settings, said }: OidcAnswer, personId: string): Promise<void> {
  if (!said.ok) throw otherPerson();
  const accountId = oidcAccountId(settings.issuer, said.claims.sub);
  const own = await tx.account.count({ where: { userId: personId, providerId: OIDC_PROVIDER, accountId } });
  if (own === 0) throw otherPerson();
}

function otherPerson(): AppError {
  return new AppError(
    "forbidden",
    "Somebody else signed in at the provider than is signed in here. Nothing was confirmed. Try again as yourself.",
  );
}

function notAsked(): AppError {
  return new AppError(
    "forbidden",
    "The provider does not say that it asked you just now, so nothing was confirmed. Use a passkey or your password instead.",
  );
}
