import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { TOKEN_SCOPES, type OwnTokenDto, type TokenDto, type TokenState } from "#lib/tokens/schema.ts";

const MAX = 1000;
const scopesOf = z.array(z.enum(TOKEN_SCOPES));

type Row = Omit<TokenDto, "owner" | "mine" | "scopes" | "environments" | "state" | Moments> & {
  readonly [moment in Moments]: Date | null;
} & {
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly scopes: readonly string[];
  readonly allEnvironments: boolean;
  readonly environmentIds: readonly string[];
  readonly environmentNames: readonly string[];
  readonly state: TokenState;
};
type Moments = "createdAt" | "expiresAt" | "revokedAt" | "lastUsedAt";

/** The person's own tokens, for administrators of all environments everybody's: usable ones first, newest first, at most 1,000. */
export async function listTokens(ctx: Context): Promise<readonly TokenDto[]> {
  const all = await hasRole(ctx, ["administrator"], null);
  const me = ctx.actor.kind === "person" ? ctx.actor.id : null;
  const rows = await select({ all, ownerId: me, tokenId: null });
  return rows.map((row) => toDto(row, me));
}

/** The token that asks, as it sees itself. @throws AppError `forbidden` for everybody else */
export async function getOwnToken(ctx: Context): Promise<OwnTokenDto> {
  const { actor } = ctx;
  if (actor.kind !== "token") throw new AppError("forbidden", "Only an API token can ask what it is.");
  const [row] = await select({ all: false, ownerId: null, tokenId: actor.id });
  if (row === undefined) throw new AppError("not-found", "There is no such token.");
  const { id, name, machine, owner, scopes, environments, expiresAt } = toDto(row, null);
  return { id, name, machine, owner, scopes, environments, expiresAt };
}

async function select(which: {
  readonly all: boolean;
  readonly ownerId: string | null;
  readonly tokenId: string | null;
}): Promise<readonly Row[]> {
  return database().$queryRaw<Row[]>`
    SELECT t.id, t.name, t.machine, t.hint, t.owner_id AS "ownerId", p.name AS "ownerName", t.scopes,
      t.all_environments AS "allEnvironments", e.ids AS "environmentIds", e.names AS "environmentNames",
      t.created_at AS "createdAt", t.expires_at AS "expiresAt", t.revoked_at AS "revokedAt",
      t.revoked_by_name AS "revokedBy", t.last_used_at AS "lastUsedAt", t.last_used_address AS "lastUsedAddress",
      CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired'
        WHEN p.deactivated_at IS NOT NULL THEN 'owner-inactive' ELSE 'active' END AS state
    FROM api_token t JOIN person p ON p.id = t.owner_id
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(e.id::text ORDER BY e.name, e.id), '{}') AS ids,
        coalesce(array_agg(e.name ORDER BY e.name, e.id), '{}') AS names
      FROM api_token_environment te JOIN environment e ON e.id = te.environment_id WHERE te.token_id = t.id) AS e
    WHERE ${which.all} OR t.owner_id = ${which.ownerId}::uuid OR t.id = ${which.tokenId}::uuid
    ORDER BY (t.revoked_at IS NULL AND t.expires_at > now() AND p.deactivated_at IS NULL) DESC, t.created_at DESC, t.id
    LIMIT ${MAX}`;
}

function toDto(row: Row, me: string | null): TokenDto {
  const { ownerId, ownerName, allEnvironments, environmentIds, environmentNames, ...kept } = row;
  return {
    ...kept,
    owner: { id: ownerId, name: ownerName },
    mine: ownerId === me,
    scopes: scopesOf.parse(row.scopes),
    environments: allEnvironments
      ? null
      : environmentIds.map((id, index) => ({ id, name: environmentNames[index] ?? "" })),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
