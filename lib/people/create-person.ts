import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { issueLink } from "#lib/people/one-time-link.ts";
import { personSubject } from "#lib/people/person-subject.ts";
import { requireUnusedEmail } from "#lib/people/redeem-setup-link.ts";
import type { CreatePersonInput, OneTimeLinkDto } from "#lib/people/schema.ts";

/** A person who was added, and the invitation link that is known this once. */
export type CreatedPerson = { readonly personId: string; readonly link: OneTimeLinkDto };

/**
 * Adds a person, with a first grant if one is asked for, and makes the link with which they set their password.
 * @throws AppError `forbidden` for anybody but an administrator of all environments; `invalid` when the e-mail address is taken
 */
export async function createPerson(ctx: Context, input: CreatePersonInput): Promise<CreatedPerson> {
  return transact(
    ctx,
    {
      action: "create-person",
      subject: personSubject({ id: null, name: input.name }),
      input,
      allow: async (tx) => requireRole(tx, ctx, ["administrator"], null),
      conclude: (made: CreatedPerson) => ({
        subject: personSubject({ id: made.personId, name: input.name }),
        environmentId: input.role === null ? null : input.environmentId,
        outcome: { linkExpiresAt: made.link.expiresAt },
      }),
    },
    async (tx) => {
      await requireUnusedEmail(tx, input.email);
      const { role, environmentId } = input;
      const person = await tx.person.create({
        data: {
          name: input.name,
          email: input.email,
          ...(role === null ? {} : { grants: { create: [{ role, environmentId }] } }),
        },
        select: { id: true },
      });
      const link = await issueLink(tx, { purpose: "invitation", personId: person.id });
      return { personId: person.id, link };
    },
  );
}
