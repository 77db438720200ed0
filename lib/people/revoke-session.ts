import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { lockPerson, personSubject } from "#lib/people/person-subject.ts";
import type { RevokeSessionInput } from "#lib/people/schema.ts";

/**
 * Ends one session: one's own, or anybody's as administrator.
 * @throws AppError `forbidden` otherwise; `not-found` when it is over already
 */
export async function revokeSession(ctx: Context, input: RevokeSessionInput): Promise<void> {
  await transact(
    ctx,
    {
      action: "revoke-session",
      subject: { kind: "session", id: input.sessionId, name: "session" },
      input,
      allow: async (tx) => {
        const session = await tx.session.findUnique({
          where: { id: input.sessionId },
          select: { id: true, userId: true },
        });
        const own = ctx.actor.kind === "person" && ctx.actor.id === session?.userId;
        if (!own) await requireRole(tx, ctx, ["administrator"], null);
        if (session === null) throw new AppError("not-found", "This session is over already.");
        return { session, person: await lockPerson(tx, session.userId) };
      },
      conclude: (_value: unknown, { person }) => ({ subject: personSubject(person) }),
    },
    async (tx, { session }) => tx.session.deleteMany({ where: { id: session.id } }),
  );
}
