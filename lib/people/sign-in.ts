import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requirePasswordAllowed } from "#lib/people/oidc-settings.ts";
import { openSession } from "#lib/people/open-session.ts";
import { isPassword } from "#lib/people/password.ts";
import { beginPendingSignIn, type SignInAnswer } from "#lib/people/pending-sign-in.ts";
import { type KnownPerson, personActor, personSubject } from "#lib/people/person-subject.ts";
import type { SignInInput } from "#lib/people/schema.ts";
import { secondFactorChoices } from "#lib/people/second-factor.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";

type Found = KnownPerson & { readonly deactivated: boolean };

/**
 * Opens a session for the person with this e-mail and password; for somebody with a second factor it only begins a sign-in that
 * `completeSignIn` has to finish. Failures are recorded as denied, and all have the same words and take about the same time, so
 * that nobody learns which accounts exist.
 * @throws AppError `unauthenticated` for a wrong e-mail or password and for deactivated people; `forbidden` while a delay runs,
 *   and with the right password for people who may sign in with their provider only
 */
export async function signIn(
  ctx: Context,
  input: SignInInput,
  userAgent: string | null,
): Promise<SignInAnswer> {
  const attempt = { email: input.email, address: ctx.sourceAddress };
  await countAttempt(attempt);
  const known: { found: Found | null } = { found: null };
  const act = {
    action: "sign-in",
    get subject() {
      return personSubject(known.found ?? { id: null, name: "unknown account" });
    },
    input,
    allow: async (tx: Tx) => {
      known.found = await findPerson(tx, input.email);
    },
    conclude: ({ secondFactor }: SignInAnswer) => ({
      ...(known.found === null ? {} : { actor: personActor(known.found) }),
      outcome: { with: "password", complete: secondFactor === null },
    }),
  } as const;
  return transact(ctx, act, async (tx) => {
    const person = await requireSignIn(tx, known.found, input.password);
    await forgiveAttempt(tx, attempt);
    const from = { personId: person.id, address: ctx.sourceAddress, signedInWith: "password" } as const;
    const choices = await secondFactorChoices(tx, person.id);
    if (choices !== null) return beginPendingSignIn(tx, { ...from, isFresh: true }, choices);
    const cookies = await openSession(tx, { ...from, userAgent, isFresh: true, secondFactorUsed: false });
    return { cookies, secondFactor: null };
  });
}

async function requireSignIn(tx: Tx, found: Found | null, password: string): Promise<Found> {
  const matches = await isPassword(tx, found?.id ?? null, password);
  if (!matches || found === null || found.deactivated) {
    throw new AppError(
      "unauthenticated",
      "The e-mail address or the password is wrong. After five failures each further try has to wait.",
    );
  }
  await requirePasswordAllowed(tx, found.id);
  return found;
}

async function findPerson(tx: Tx, email: string): Promise<Found | null> {
  const rows = await tx.$queryRaw<Found[]>`
    SELECT id, name, email, deactivated_at IS NOT NULL AS deactivated FROM person WHERE email = ${email} FOR SHARE`;
  return rows[0] ?? null;
}
