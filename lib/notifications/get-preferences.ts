import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { MUTABLE_KINDS, type PreferencesDto } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/** What the actor wants to be told by e-mail, or what applies without a word. @throws AppError `forbidden` for machines */
export async function getPreferences(ctx: Context): Promise<PreferencesDto> {
  if (ctx.actor.kind !== "person")
    throw new AppError("forbidden", "Only a person has notification settings.");
  const db = database();
  const row = await db.notificationPreference.findUnique({ where: { personId: ctx.actor.id } });
  const channels = await db.notificationChannel.count({
    where: { kind: "email", enabled: true, removedAt: null, mailAddressed: true },
  });
  return {
    email: ctx.actor.email,
    muted: MUTABLE_KINDS.filter((kind) => row?.muted.includes(kind) ?? false),
    ownActs: row?.ownActs ?? false,
    version: row?.version ?? 0,
    hasEmailChannel: channels > 0,
  };
}
