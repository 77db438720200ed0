import { transact } from "#lib/db/transact.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { OIDC_PROVIDER } from "#lib/people/oidc-settings.ts";
import { lockLink, requireLink, useLink } from "#lib/people/one-time-link.ts";
import { setPassword } from "#lib/people/password.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { RedeemPasswordLinkInput } from "#lib/people/schema.ts";
import { forgetFailures } from "#lib/people/sign-in-throttle.ts";

/**
 * Sets the password of the person whom an invitation or a recovery link belongs to, ends all their sessions and forgets their
 * failed sign-ins. Whoever signed in with the provider is parted from it until they do so again: the link is also the way in when
 * the provider is down. Second factors stay. Works once.
 * @throws AppError `forbidden` when the link is used or too old, or the person was deactivated
 */
export async function redeemPasswordLink(ctx: Context, input: RedeemPasswordLinkInput): Promise<void> {
  await requireLink(input.token);
  await transact(
    ctx,
    {
      action: "redeem-password-link",
      subject: personSubject({ id: null, name: "holder of a link" }),
      input,
      allow: async (tx) => {
        const link = await lockLink(tx, input.token, ["invitation", "recovery"]);
        if (link.personId === null) throw new InvariantError("a link for a person names none");
        const person = await lockPerson(tx, link.personId);
        if (person.deactivatedAt === null) return { link, person };
        throw new AppError("forbidden", "This account is deactivated. Ask an administrator.");
      },
      conclude: (sessionsEnded: number, { link, person }) => ({
        subject: personSubject(person),
        actor: { kind: "person", id: person.id, name: person.name, email: person.email },
        outcome: { purpose: link.purpose, sessionsEnded },
      }),
    },
    async (tx, { link, person }) => {
      await setPassword(tx, person.id, input.password);
      await tx.account.deleteMany({ where: { userId: person.id, providerId: OIDC_PROVIDER } });
      await useLink(tx, link);
      await forgetFailures(tx, person.email);
      const ended = await tx.session.deleteMany({ where: { userId: person.id } });
      return ended.count;
    },
  );
}
