import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import { channelColumns } from "#lib/notifications/channel-columns.ts";
import { channelSubject, lockChannel, withChannelName } from "#lib/notifications/locked-channel.ts";
import type { UpdateChannelInput } from "#lib/notifications/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Changes a channel; needs an administrator of its environment. Deliveries that wait are sent as the channel stands then.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (removed, name taken, another kind), `invalid` (certificates, a
 * password that has to be given again)
 */
export async function updateChannel(ctx: Context, input: UpdateChannelInput): Promise<{ id: string }> {
  const { id } = input;
  return transact(
    ctx,
    {
      action: "update-channel",
      ...(await channelSubject(id)),
      input,
      allow: async (tx) => lockChannel(tx, ctx, id, input.seenVersion),
    },
    async (tx, row) => {
      if (row.kind !== input.kind)
        throw new AppError(
          "conflict",
          "The kind of a channel never changes. Nothing was saved. Add another channel.",
        );
      const columns = channelColumns(id, input, {
        password: { sealed: row.passwordSealed, setAt: row.passwordSetAt },
        passwordFor: {
          host: row.smtpHost ?? "",
          port: row.smtpPort ?? 0,
          user: row.smtpUser ?? "",
          tls: row.smtpTls ?? "",
        },
        url: { sealed: row.urlSealed, setAt: row.urlSetAt },
        urlHost: row.urlHost,
      });
      const data = { ...columns, version: row.version + 1, updatedAt: new Date() };
      await withChannelName(input.name, async () => tx.notificationChannel.update({ where: { id }, data }));
      return { id };
    },
  );
}
