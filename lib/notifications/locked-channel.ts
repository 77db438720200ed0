import { database } from "#lib/db/client.ts";
import { sqlStateOf } from "#lib/db/transact-errors.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/** What the audit log says of a channel. */
export type ChannelSubject = {
  readonly subject: { readonly kind: "channel"; readonly id: string; readonly name: string };
  readonly environmentId: string | null;
};

/** Names a channel for the audit row before anything is decided. @throws AppError `not-found` */
export async function channelSubject(id: string): Promise<ChannelSubject> {
  const row = await database().notificationChannel.findUnique({
    where: { id },
    select: { name: true, environmentId: true },
  });
  if (row === null) throw noChannel();
  return { subject: { kind: "channel", id, name: row.name }, environmentId: row.environmentId };
}

/**
 * Locks a channel that is not removed, for an administrator of its environment (of all environments where it belongs to none), and
 * returns its row. With `seenVersion` the person must have seen it as it is.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (removed)
 */
export async function lockChannel(tx: Tx, ctx: Context, id: string, seenVersion: number | null) {
  const locked = await tx.$queryRaw<
    unknown[]
  >`SELECT 1 FROM notification_channel WHERE id = ${id}::uuid FOR UPDATE`;
  if (locked.length === 0) throw noChannel();
  const row = await tx.notificationChannel.findUniqueOrThrow({ where: { id } });
  await requireRole(tx, ctx, ["administrator"], row.environmentId);
  if (row.removedAt !== null)
    throw new AppError("conflict", `The channel ${row.name} was removed. Nothing was changed.`);
  if (seenVersion !== null && row.version !== seenVersion)
    throw new AppError(
      "stale",
      `The channel ${row.name} was changed since this page was loaded. Nothing was saved. Reload the page, look at the change, then try again.`,
    );
  return row;
}

/** Does a write that gives a name; a name that is taken is refused beside its field. @throws AppError `conflict` */
export async function withChannelName<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const isTaken =
      sqlStateOf(cause) === "23505" || (cause instanceof Error && "code" in cause && cause.code === "P2002");
    if (!isTaken) throw cause;
    const words = `There is already a channel called ${name}. Choose another name.`;
    throw new AppError("conflict", words, { cause, fields: { name: words } });
  }
}

/** What is said of a channel that is not there. */
export function noChannel(): AppError {
  return new AppError("not-found", "There is no such notification channel.");
}
