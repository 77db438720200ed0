import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { issueLink } from "#lib/people/one-time-link.ts";
import { personSubject } from "#lib/people/person-subject.ts";
import type { CreateRecoveryLinkInput, OneTimeLinkDto } from "#lib/people/schema.ts";
import { dropSecondFactors } from "#lib/people/second-factor.ts";

/**
 * The way back in for whoever has the host: a link that sets a new password for the person with this e-mail address, and
 * reactivates them if they were deactivated. Where asked for, their second factor is taken away at once. For the command line.
 * @throws AppError `forbidden` for anybody but the system; `not-found` when nobody has the address
 */
export async function createRecoveryLink(
  ctx: Context,
  input: CreateRecoveryLinkInput,
): Promise<OneTimeLinkDto> {
  return transact(
    ctx,
    {
      action: "create-recovery-link",
      subject: personSubject({ id: null, name: input.email }),
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], null);
        if (ctx.actor.kind === "system") return;
        throw new AppError("forbidden", "Recovery links are made on the command line of the host.");
      },
      conclude: (made: { link: OneTimeLinkDto; person: { id: string; name: string } }) => ({
        subject: personSubject(made.person),
        outcome: { linkExpiresAt: made.link.expiresAt, secondFactorReset: input.resetSecondFactor },
      }),
    },
    async (tx) => {
      const person = await tx.person.findUnique({
        where: { email: input.email },
        select: { id: true, name: true },
      });
      if (person === null) throw new AppError("not-found", `Nobody has the e-mail address ${input.email}.`);
      await tx.person.update({ where: { id: person.id }, data: { deactivatedAt: null } });
      if (input.resetSecondFactor) await dropSecondFactors(tx, person.id);
      return { person, link: await issueLink(tx, { purpose: "recovery", personId: person.id }) };
    },
  ).then((made) => made.link);
}
