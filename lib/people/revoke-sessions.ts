import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { PersonInput } from "#lib/people/schema.ts";

/**
 * Ends all sessions of a person, as administrator; the person can sign in again. Returns how many there were.
 * @throws AppError `forbidden` for anybody but an administrator of all environments
 */
export async function revokeSessions(ctx: Context, input: PersonInput): Promise<number> {
  return transact(
    ctx,
    {
      action: "revoke-sessions",
      subject: personSubject({ id: input.personId, name: "person" }),
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], null);
        return lockPerson(tx, input.personId);
      },
      conclude: (sessionsEnded: number, person) => ({
        subject: personSubject(person),
        outcome: { sessionsEnded },
      }),
    },
    async (tx, person) => (await tx.session.deleteMany({ where: { userId: person.id } })).count,
  );
}
