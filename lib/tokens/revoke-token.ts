import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import { auditName, type Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import type { TokenInput } from "#lib/tokens/schema.ts";

type Row = { readonly id: string; readonly name: string; readonly ownerId: string };

/**
 * Ends a token at once and for good: one's own, or anybody's as administrator of all environments. Ending it again changes nothing.
 * @throws AppError `forbidden` for other people's; `not-found`
 */
export async function revokeToken(ctx: Context, { tokenId }: TokenInput): Promise<void> {
  await transact(
    ctx,
    {
      action: "revoke-token",
      subject: { kind: "token", id: tokenId, name: "token" },
      input: { tokenId },
      allow: async (tx) => {
        const rows = await tx.$queryRaw<Row[]>`
          SELECT id, name, owner_id AS "ownerId" FROM api_token WHERE id = ${tokenId}::uuid FOR UPDATE`;
        const [token] = rows;
        const own = ctx.actor.kind === "person" && ctx.actor.id === token?.ownerId;
        if (!own) await requireRole(tx, ctx, ["administrator"], null);
        if (token === undefined) throw new AppError("not-found", "There is no such token. Reload the page.");
        return token;
      },
      conclude: (_value: unknown, { id, name }) => ({ subject: { kind: "token", id, name } }),
    },
    async (tx, token) =>
      tx.$executeRaw`
        UPDATE api_token SET revoked_at = now(), revoked_by_name = ${auditName(ctx.actor)}
        WHERE id = ${token.id}::uuid AND revoked_at IS NULL`,
  );
}
