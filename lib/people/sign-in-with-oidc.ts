import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import type { Context } from "#lib/people/actor.ts";
import { lockAdministrators } from "#lib/people/administrators.ts";
import { holdOidcSettings, type OidcAnswer, readOidcAnswer } from "#lib/people/oidc-answer.ts";
import { type OidcGrantChange, refreshOidcGrants } from "#lib/people/oidc-grants.ts";
import { findOrMakeOidcPerson, type OidcPerson } from "#lib/people/oidc-person.ts";
import { grantsOf, saysSecondFactor, wasAskedSince } from "#lib/people/oidc-rules.ts";
import { openSession } from "#lib/people/open-session.ts";
import { beginPendingSignIn, type SignInAnswer } from "#lib/people/pending-sign-in.ts";
import { personActor, personSubject } from "#lib/people/person-subject.ts";
import { secondFactorChoices } from "#lib/people/second-factor.ts";

/** A sign-in with the provider, and the path to go to. */
export type OidcSignIn = SignInAnswer & { readonly next: string };

type Done = {
  readonly answer: SignInAnswer;
  readonly person: OidcPerson;
  readonly grants: OidcGrantChange;
};

/**
 * Signs in whoever the provider sent back to this browser: finds the person by their account there, else by their verified
 * e-mail address, else makes them if the settings allow; brings their grants from the rules up to date, in the same
 * transaction as the session; and opens it, or begins a sign-in that waits for the second factor that they have here. `token` is
 * that of the browser's cookie, `query` what the provider sent.
 * @throws AppError `forbidden` (recorded) when the answer is wrong, the address unverified, the person unknown or deactivated;
 *   `invalid`, `conflict`, `unavailable` as `readOidcAnswer`
 */
export async function signInWithOidc(
  ctx: Context,
  token: string,
  query: URLSearchParams,
  userAgent: string | null,
): Promise<OidcSignIn> {
  const answer = await readOidcAnswer("oidc-sign-in", token, query);
  const known: { person: OidcPerson | null } = { person: null };
  const act = {
    action: "sign-in-with-oidc",
    get subject() {
      return personSubject(known.person ?? { id: null, name: "person of the provider" });
    },
    allow: async (tx: Tx) => {
      if (!answer.said.ok) throw answer.said.error;
      await lockAdministrators(tx);
      await holdOidcSettings(tx, answer.settings);
      known.person = await findOrMakeOidcPerson(tx, answer.settings, answer.said.claims);
      return { person: known.person, claims: answer.said.claims };
    },
    conclude: ({ person, grants, answer: { secondFactor } }: Done) => ({
      actor: personActor(person),
      outcome: { with: "oidc", complete: secondFactor === null, account: person.origin, ...grants },
    }),
  } as const;
  const done = await transact(ctx, act, async (tx, { person, claims }) => {
    const wanted = grantsOf(claims, answer.settings.rules);
    const grants = await refreshOidcGrants(tx, person.id, wanted);
    return { person, grants, answer: await open(tx, ctx, answer, person, userAgent) };
  });
  return { ...done.answer, next: answer.challenge.data["next"] ?? "/" };
}

async function open(
  tx: Tx,
  ctx: Context,
  { said, settings, beganAt }: OidcAnswer,
  person: OidcPerson,
  userAgent: string | null,
): Promise<SignInAnswer> {
  const claims = said.ok ? said.claims : {};
  const secondFactorUsed = settings.trustsSecondFactor && saysSecondFactor(claims);
  const isFresh = wasAskedSince(claims, beganAt);
  const first = { personId: person.id, address: ctx.sourceAddress, signedInWith: "oidc", isFresh } as const;
  const choices = secondFactorUsed ? null : await secondFactorChoices(tx, person.id);
  if (choices !== null) return beginPendingSignIn(tx, first, choices);
  return { cookies: await openSession(tx, { ...first, userAgent, secondFactorUsed }), secondFactor: null };
}
