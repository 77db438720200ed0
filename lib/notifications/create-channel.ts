import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import { lockReferred } from "#lib/inventory/locked-rows.ts";
import { channelColumns, NO_CHANNEL_SECRETS } from "#lib/notifications/channel-columns.ts";
import { signingSecretPlace } from "#lib/notifications/channel-secrets.ts";
import { withChannelName } from "#lib/notifications/locked-channel.ts";
import type { CreateChannelInput, MadeChannelDto } from "#lib/notifications/schema.ts";
import { newSigningSecret } from "#lib/notifications/signature.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { sealField } from "#lib/secrets/sealed-field.ts";

/**
 * Adds a channel, switched on; needs an administrator of its environment, of all environments for one of all, since the console will
 * connect to the address. A webhook gets a signing secret, which is returned this once.
 * @throws AppError `not-found`, `forbidden`, `conflict` (name taken, environment archived), `invalid` (certificates)
 */
export async function createChannel(ctx: Context, input: CreateChannelInput): Promise<MadeChannelDto> {
  const id = randomUUID();
  const { environmentId, kind, name } = input;
  const signingSecret = kind === "webhook" ? newSigningSecret() : null;
  return transact(
    ctx,
    {
      action: "create-channel",
      subject: { kind: "channel", id, name },
      environmentId,
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], environmentId);
        if (environmentId !== null) await lockReferred(tx, "environment", environmentId, "environmentId");
      },
    },
    async (tx) => {
      const columns = channelColumns(id, input, NO_CHANNEL_SECRETS);
      const signing =
        signingSecret === null
          ? {}
          : {
              signingSecretSealed: sealField(signingSecretPlace(id), signingSecret),
              signingSecretSetAt: new Date(),
            };
      await withChannelName(name, async () =>
        tx.notificationChannel.create({ data: { id, environmentId, kind, ...columns, ...signing } }),
      );
      return { id, signingSecret };
    },
  );
}
