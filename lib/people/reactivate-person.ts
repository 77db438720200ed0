import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { PersonInput } from "#lib/people/schema.ts";

/**
 * Lets a deactivated person in again, with the grants that they had.
 * @throws AppError `forbidden` for anybody but an administrator of all environments
 */
export async function reactivatePerson(ctx: Context, input: PersonInput): Promise<void> {
  await transact(
    ctx,
    {
      action: "reactivate-person",
      subject: personSubject({ id: input.personId, name: "person" }),
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], null);
        return lockPerson(tx, input.personId);
      },
      conclude: (_value: unknown, person) => ({ subject: personSubject(person) }),
    },
    async (tx, person) => tx.person.update({ where: { id: person.id }, data: { deactivatedAt: null } }),
  );
}
