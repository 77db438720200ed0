import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { personSubject } from "#lib/people/person-subject.ts";

/** Ends the person's own session. Doing it twice is fine: the second time there is nothing to end. */
export async function signOut(ctx: Context, sessionId: string): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== "person") throw new AppError("invalid", "Only a person can sign out.");
  await transact(
    ctx,
    { action: "sign-out", subject: personSubject(actor), allow: async () => {} },
    async (tx) => tx.session.deleteMany({ where: { id: sessionId, userId: actor.id } }),
  );
}
