import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { SetPreferencesInput } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Saves what a person wants to be told by e-mail: everybody for themselves.
 * @throws AppError `forbidden` for anybody but an active person, `stale`
 */
export async function setPreferences(ctx: Context, input: SetPreferencesInput): Promise<{ version: number }> {
  const { actor } = ctx;
  return transact(
    ctx,
    {
      action: "set-preferences",
      subject: { kind: "person", id: actor.id, name: actor.kind === "person" ? actor.name : actor.id },
      input,
      allow: async (tx) => requireActivePerson(tx, ctx),
    },
    async (tx) => {
      const muted = [...new Set(input.muted)];
      const version = input.seenVersion + 1;
      const data = { muted, ownActs: input.ownActs, version, updatedAt: new Date() };
      const changed = await tx.notificationPreference.updateMany({
        where: { personId: actor.id, version: input.seenVersion },
        data,
      });
      if (changed.count === 1) return { version };
      const made =
        input.seenVersion === 0
          ? await tx.notificationPreference.createMany({
              data: [{ personId: actor.id, ...data }],
              skipDuplicates: true,
            })
          : { count: 0 };
      if (made.count === 1) return { version };
      throw new AppError(
        "stale",
        "Your notification settings were changed in another window. Nothing was saved. Reload the page.",
      );
    },
  );
}

async function requireActivePerson(tx: Tx, ctx: Context): Promise<void> {
  const active =
    ctx.actor.kind === "person" &&
    (await tx.person.count({ where: { id: ctx.actor.id, deactivatedAt: null } })) === 1;
  if (!active)
    throw new AppError("forbidden", "Only a person has notification settings. Nothing was changed.");
}
