import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { GrantRoleInput } from "#lib/people/schema.ts";

/**
 * Gives a person a role on one environment or on all. Granting what they have already changes nothing; what the
 * sign-in provider gave them besides is a grant of its own.
 * @throws AppError `forbidden` for anybody but an administrator of all environments; `not-found` for an unknown person
 */
export async function grantRole(ctx: Context, input: GrantRoleInput): Promise<void> {
  await transact(
    ctx,
    {
      action: "grant-role",
      subject: personSubject({ id: input.personId, name: "person" }),
      environmentId: input.environmentId,
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], null);
        return lockPerson(tx, input.personId);
      },
      conclude: (added: number, person) => ({
        subject: personSubject(person),
        outcome: { hadItAlready: added === 0 },
      }),
    },
    async (tx, person) =>
      tx.$executeRaw`
        INSERT INTO role_grant (id, person_id, role, environment_id)
        VALUES (gen_random_uuid(), ${person.id}::uuid, ${input.role}, ${input.environmentId}::uuid)
        ON CONFLICT (person_id, role, environment_id, source) DO NOTHING`,
  );
}
