import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { lockAdministrators, keepAnAdministrator } from "#lib/people/administrators.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { RevokeRoleInput } from "#lib/people/schema.ts";

/**
 * Takes one grant away; it waits for actions that rest on it, and none can start on it afterwards.
 * @throws AppError `forbidden` for anybody but an administrator of all environments; `not-found` when it is gone already;
 *   `conflict` when nobody would be left to administrate, and for a grant that the sign-in provider gives
 */
export async function revokeRole(ctx: Context, input: RevokeRoleInput): Promise<void> {
  await transact(
    ctx,
    {
      action: "revoke-role",
      subject: { kind: "grant", id: input.grantId, name: "grant" },
      input,
      allow: async (tx) => {
        await lockAdministrators(tx);
        await requireRole(tx, ctx, ["administrator"], null);
        const grant = await tx.roleGrant.findUnique({ where: { id: input.grantId } });
        if (grant === null) throw new AppError("not-found", "This grant is gone already. Reload the page.");
        if (grant.source === "oidc") throw comesBack();
        return { grant, person: await lockPerson(tx, grant.personId) };
      },
      conclude: (_value: unknown, { grant, person }) => ({
        subject: personSubject(person),
        environmentId: grant.environmentId,
        outcome: { role: grant.role },
      }),
    },
    async (tx, { grant }) => {
      await keepAnAdministrator(tx, async () => tx.roleGrant.deleteMany({ where: { id: grant.id } }));
    },
  );
}

function comesBack(): AppError {
  return new AppError(
    "conflict",
    "This grant comes from the sign-in provider and would be back at the next sign-in. Nothing was changed. Take the person out of the group there, change the rules under Users, Single sign-on, or deactivate the person.",
  );
}
