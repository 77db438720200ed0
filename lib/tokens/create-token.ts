import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";
import { ownAccount } from "#lib/people/person-subject.ts";
import { ROLES } from "#lib/people/schema.ts";
import type { CreateTokenInput, NewTokenDto } from "#lib/tokens/schema.ts";
import { newSecret, type NewSecret } from "#lib/tokens/secret.ts";

/** How many usable tokens one person may have. */
const TOKENS_MAX = 50;

/**
 * Makes an API token of the person who asks, right after they proved who they are, and returns its secret, which is stored nowhere. Only
 * for environments that they may read. A machine's token needs an administrator of all environments.
 * @throws AppError `forbidden`, `fresh-sign-in-required`; `conflict` with 50 usable tokens
 */
export async function createToken(ctx: Context, input: CreateTokenInput): Promise<NewTokenDto> {
  const id = randomUUID();
  const made = newSecret();
  return transact(
    ctx,
    {
      action: "create-token",
      subject: { kind: "token", id, name: input.name },
      input,
      allow: async (tx) => {
        await requireMayCreate(tx, ctx, input);
        return ownAccount(ctx).actor;
      },
      conclude: ({ expiresAt }: NewTokenDto) => ({ outcome: { hint: made.hint, expiresAt } }),
    },
    async (tx, owner) => {
      await requireRoom(tx, owner.id);
      return insert(tx, { id, ownerId: owner.id, made, input });
    },
  );
}

async function requireMayCreate(tx: Tx, ctx: Context, input: CreateTokenInput): Promise<void> {
  if (input.machine) await requireRole(tx, ctx, ["administrator"], null);
  for (const environmentId of input.environmentIds ?? []) await requireRole(tx, ctx, ROLES, environmentId);
  await requireFreshSignIn(tx, ctx);
}

async function requireRoom(tx: Tx, ownerId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`api-token ${ownerId}`}, 0))`;
  const rows = await tx.$queryRaw<{ full: boolean }[]>`
    SELECT count(*) >= ${TOKENS_MAX} AS full FROM api_token
    WHERE owner_id = ${ownerId}::uuid AND revoked_at IS NULL AND expires_at > now()`;
  if (rows[0]?.full === false) return;
  throw new AppError(
    "conflict",
    `You have ${TOKENS_MAX} usable tokens, which is the most. Revoke one first.`,
  );
}

type NewToken = {
  readonly id: string;
  readonly ownerId: string;
  readonly made: NewSecret;
  readonly input: CreateTokenInput;
};

async function insert(tx: Tx, { id, ownerId, made, input }: NewToken): Promise<NewTokenDto> {
  const { name, machine, scopes, environmentIds, days } = input;
  const rows = await tx.$queryRaw<{ expiresAt: Date }[]>`
    INSERT INTO api_token (id, owner_id, name, machine, scopes, all_environments, hint, token_hash, created_at, expires_at)
    VALUES (${id}::uuid, ${ownerId}::uuid, ${name}, ${machine}, ${[...scopes]}::text[], ${environmentIds === null},
      ${made.hint}, ${made.hash}, now(), now() + interval '1 hour' * ${days * 24})
    RETURNING expires_at AS "expiresAt"`;
  const [row] = rows;
  if (row === undefined) throw new InvariantError("the API token was not stored");
  await tx.apiTokenEnvironment.createMany({
    data: (environmentIds ?? []).map((environmentId) => ({ tokenId: id, environmentId })),
  });
  return { id, secret: made.secret, expiresAt: row.expiresAt.toISOString() };
}
