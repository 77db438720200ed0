import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import { signingSecretPlace } from "#lib/notifications/channel-secrets.ts";
import { channelSubject, lockChannel } from "#lib/notifications/locked-channel.ts";
import type { SeenChannelInput } from "#lib/notifications/schema.ts";
import { newSigningSecret } from "#lib/notifications/signature.ts";
import type { Context } from "#lib/people/actor.ts";
import { sealField } from "#lib/secrets/sealed-field.ts";

/**
 * Gives a webhook a new signing secret and returns it this once; needs an administrator of its environment. Everything from now on is
 * signed with the new one alone.
 * @throws AppError `not-found`, `forbidden`, `stale`, `conflict` (removed, or not a signed webhook)
 */
export async function rotateSigningSecret(
  ctx: Context,
  input: SeenChannelInput,
): Promise<{ signingSecret: string }> {
  const { id } = input;
  const signingSecret = newSigningSecret();
  return transact(
    ctx,
    {
      action: "rotate-signing-secret",
      ...(await channelSubject(id)),
      input,
      allow: async (tx) => lockChannel(tx, ctx, id, input.seenVersion),
    },
    async (tx, row) => {
      if (row.kind !== "webhook")
        throw new AppError("conflict", "Only generic webhooks are signed. Nothing was changed.");
      const now = new Date();
      await tx.notificationChannel.update({
        where: { id },
        data: {
          signingSecretSealed: sealField(signingSecretPlace(id), signingSecret),
          signingSecretSetAt: now,
          version: row.version + 1,
          updatedAt: now,
        },
      });
      return { signingSecret };
    },
  );
}
