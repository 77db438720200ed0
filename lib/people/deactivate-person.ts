import { transact } from "#lib/db/transact.ts";
import { auditName, type Context } from "#lib/people/actor.ts";
import { lockAdministrators, keepAnAdministrator } from "#lib/people/administrators.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { PersonInput } from "#lib/people/schema.ts";

/**
 * Shuts a person out: no sign-in, every session ends now, unused links end, API tokens are revoked. Grants and history stay.
 * @throws AppError `forbidden` for anybody but an administrator of all environments; `conflict` when nobody would be left to
 *   administrate
 */
export async function deactivatePerson(ctx: Context, input: PersonInput): Promise<void> {
  await transact(
    ctx,
    {
      action: "deactivate-person",
      subject: personSubject({ id: input.personId, name: "person" }),
      input,
      allow: async (tx) => {
        await lockAdministrators(tx);
        await requireRole(tx, ctx, ["administrator"], null);
        return lockPerson(tx, input.personId);
      },
      conclude: (sessionsEnded: number, person) => ({
        subject: personSubject(person),
        outcome: { sessionsEnded },
      }),
    },
    async (tx, person) => {
      await keepAnAdministrator(
        tx,
        async () =>
          tx.$executeRaw`UPDATE person SET deactivated_at = now() WHERE id = ${person.id}::uuid AND deactivated_at IS NULL`,
      );
      await tx.oneTimeLink.deleteMany({ where: { personId: person.id, usedAt: null } });
      await tx.$executeRaw`
        UPDATE api_token SET revoked_at = now(), revoked_by_name = ${auditName(ctx.actor)}
        WHERE owner_id = ${person.id}::uuid AND revoked_at IS NULL`;
      const ended = await tx.session.deleteMany({ where: { userId: person.id } });
      return ended.count;
    },
  );
}
