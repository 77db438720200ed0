import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import type { Actor } from "#lib/people/actor.ts";
import { TOKEN_SCOPES, type TokenScope } from "#lib/tokens/schema.ts";
import { hashSecret, isWellFormed } from "#lib/tokens/secret.ts";

/** A usable token: who acts with it, and what it is for. */
export type TokenHolder = {
  readonly actor: Extract<Actor, { kind: "token" }>;
  readonly scopes: readonly TokenScope[];
};

type Row = {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly scopes: readonly string[];
  readonly allEnvironments: boolean;
  readonly environmentIds: readonly string[];
};

const scopesOf = z.array(z.enum(TOKEN_SCOPES));

/**
 * The token of an `Authorization` header, if it can be used at this moment by the database's clock: not expired, not revoked, its owner
 * active. Notes when and from where it was used, at most once a minute.
 * @throws AppError `unauthenticated` otherwise, in the same words whatever is wrong with a well-formed one
 */
export async function authenticateToken(
  authorization: string | null,
  sourceAddress: string | null,
): Promise<TokenHolder> {
  const secret = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (secret === undefined) {
    throw new AppError(
      "unauthenticated",
      "Send an API token in the header Authorization: Bearer lks_… Sessions of the console do not count here.",
    );
  }
  if (!isWellFormed(secret)) {
    throw new AppError("unauthenticated", "This is no API token of Lockstep: it was cut off or mistyped.");
  }
  const rows = await database().$queryRaw<Row[]>`
    SELECT t.id, t.name, p.id AS "ownerId", p.name AS "ownerName", t.scopes, t.all_environments AS "allEnvironments",
      ARRAY(SELECT environment_id::text FROM api_token_environment WHERE token_id = t.id) AS "environmentIds"
    FROM api_token t JOIN person p ON p.id = t.owner_id
    WHERE t.token_hash = ${hashSecret(secret)} AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
      AND p.deactivated_at IS NULL`;
  const [row] = rows;
  if (row === undefined) {
    throw new AppError(
      "unauthenticated",
      "This API token cannot be used: it is unknown, expired or revoked, or its owner is deactivated. Make a new one in the console.",
    );
  }
  await noteUse(row.id, sourceAddress);
  const { id, name, ownerId, ownerName } = row;
  const owner = { id: ownerId, name: ownerName };
  const environmentIds = row.allEnvironments ? null : [...row.environmentIds];
  return { actor: { kind: "token", id, name, owner, environmentIds }, scopes: scopesOf.parse(row.scopes) };
}

async function noteUse(tokenId: string, sourceAddress: string | null): Promise<void> {
  await database().$executeRaw`
    UPDATE api_token SET last_used_at = clock_timestamp(), last_used_address = ${sourceAddress}
    WHERE id = ${tokenId}::uuid AND (last_used_at IS NULL OR last_used_at <= clock_timestamp() - interval '1 minute')`;
}
