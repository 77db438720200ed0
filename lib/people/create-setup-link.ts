import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { countAdministrators, lockAdministrators } from "#lib/people/administrators.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { issueLink } from "#lib/people/one-time-link.ts";
import type { OneTimeLinkDto } from "#lib/people/schema.ts";

/**
 * The link with which the first administrator sets up their account, for the launcher to print; null when there is an
 * administrator already. Each call makes a new link and ends the one before it.
 * @throws AppError `forbidden` for anybody but the system
 */
export async function createSetupLink(ctx: Context): Promise<OneTimeLinkDto | null> {
  if ((await countAdministrators(database())) > 0) return null;
  return transact(
    ctx,
    {
      action: "create-setup-link",
      subject: { kind: "console", id: null, name: "first administrator" },
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], null);
        await lockAdministrators(tx);
      },
      conclude: (link: OneTimeLinkDto) => ({ outcome: { expiresAt: link.expiresAt } }),
    },
    async (tx) => issueLink(tx, { purpose: "set-up", personId: null }),
  );
}
