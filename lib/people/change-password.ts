import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requirePassword, setPassword } from "#lib/people/password.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { ChangePasswordInput } from "#lib/people/schema.ts";
import { countAttempt, forgiveAttempt } from "#lib/people/sign-in-throttle.ts";

/**
 * Changes the person's own password with the old one and ends every session but the given one. Wrong old passwords count as
 * failed sign-ins, so that an open session is no way to guess them.
 * @throws AppError `forbidden` with the field when the old password is wrong, or while a delay runs
 */
export async function changePassword(
  ctx: Context,
  input: ChangePasswordInput,
  currentSessionId: string,
): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== "person") throw new AppError("invalid", "Only a person has a password.");
  const attempt = { email: actor.email, address: ctx.sourceAddress };
  await countAttempt(attempt);
  await transact(
    ctx,
    {
      action: "change-password",
      subject: personSubject(actor),
      input,
      allow: async (tx) => {
        await lockPerson(tx, actor.id);
        await requirePassword(tx, actor.id, input.currentPassword, "currentPassword");
      },
      conclude: (sessionsEnded: number) => ({ outcome: { sessionsEnded } }),
    },
    async (tx) => {
      await setPassword(tx, actor.id, input.newPassword);
      await forgiveAttempt(tx, attempt);
      const others = { userId: actor.id, id: { not: currentSessionId } };
      return (await tx.session.deleteMany({ where: others })).count;
    },
  );
}
