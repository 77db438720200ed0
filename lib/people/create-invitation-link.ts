import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { issueLink } from "#lib/people/one-time-link.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { OneTimeLinkDto, PersonInput } from "#lib/people/schema.ts";

/**
 * Makes a new link with which a person sets their password, for an invitation that was lost or a password that was forgotten;
 * the links before it end. The old password keeps working until the link is used.
 * @throws AppError `forbidden` for anybody but an administrator of all environments; `conflict` for a deactivated person
 */
export async function createInvitationLink(ctx: Context, input: PersonInput): Promise<OneTimeLinkDto> {
  return transact(
    ctx,
    {
      action: "create-invitation-link",
      subject: personSubject({ id: input.personId, name: "person" }),
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], null);
        return lockPerson(tx, input.personId);
      },
      conclude: (link: OneTimeLinkDto, person) => ({
        subject: personSubject(person),
        outcome: { linkExpiresAt: link.expiresAt },
      }),
    },
    async (tx, person) => {
      if (person.deactivatedAt !== null) {
        throw new AppError("conflict", `${person.name} is deactivated. Reactivate the person first.`);
      }
      const hasAccount = (await tx.account.count({ where: { userId: person.id } })) > 0;
      return issueLink(tx, { purpose: hasAccount ? "recovery" : "invitation", personId: person.id });
    },
  );
}
