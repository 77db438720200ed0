import { createHash, randomBytes } from "node:crypto";

import { database } from "#lib/db/client.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import { publicUrl } from "#lib/people/public-url.ts";
import type { LinkPurpose, OneTimeLinkDto } from "#lib/people/schema.ts";

/**
 * Makes a link that sets a password once, within 24 hours, and ends every unused one of the same purpose and person. Only the
 * SHA-256 of its token is stored, so the address is known here and now alone. `personId` is null for `set-up` only.
 */
export async function issueLink(
  tx: Tx,
  link: { readonly purpose: LinkPurpose; readonly personId: string | null },
): Promise<OneTimeLinkDto> {
  const token = randomBytes(32).toString("base64url");
  await tx.$executeRaw`
    DELETE FROM one_time_link WHERE used_at IS NULL AND person_id IS NOT DISTINCT FROM ${link.personId}::uuid`;
  const rows = await tx.$queryRaw<{ expiresAt: Date }[]>`
    INSERT INTO one_time_link (id, purpose, token_hash, person_id, created_at, expires_at)
    VALUES (gen_random_uuid(), ${link.purpose}, ${hashToken(token)}, ${link.personId}::uuid, now(), now() + interval '24 hours')
    RETURNING expires_at AS "expiresAt"`;
  const made = rows[0];
  if (made === undefined) throw new InvariantError("the one-time link was not stored");
  return { url: new URL(`/setup/${token}`, publicUrl()).href, expiresAt: made.expiresAt.toISOString() };
}

/**
 * Refuses a token that no usable link has before anything is locked or recorded: whoever guesses tokens must not be able to
 * fill the audit log. @throws AppError `forbidden`
 */
export async function requireLink(token: string): Promise<void> {
  const rows = await database().$queryRaw<unknown[]>`
    SELECT 1 FROM one_time_link WHERE token_hash = ${hashToken(token)} AND used_at IS NULL AND expires_at > now()`;
  if (rows.length === 0) throw unusable();
}

/** A link that may still be used; its row is locked, and `useLink` has to follow in the same transaction. */
export type UsableLink = {
  readonly id: string;
  readonly purpose: LinkPurpose;
  readonly personId: string | null;
};

/**
 * Locks the link of a token, so that of two who open it at once the second finds it used.
 * @throws AppError `forbidden` when there is none, or it was used or has expired: the same words for all
 */
export async function lockLink(tx: Tx, token: string, purposes: readonly LinkPurpose[]): Promise<UsableLink> {
  const rows = await tx.$queryRaw<UsableLink[]>`
    SELECT id, purpose, person_id AS "personId" FROM one_time_link
    WHERE token_hash = ${hashToken(token)} AND used_at IS NULL AND expires_at > now()
      AND purpose = ANY(${[...purposes]}::text[])
    FOR UPDATE`;
  const link = rows[0];
  if (link === undefined) throw unusable();
  return link;
}

/** Spends a locked link. */
export async function useLink(tx: Tx, link: UsableLink): Promise<void> {
  await tx.$executeRaw`UPDATE one_time_link SET used_at = now() WHERE id = ${link.id}::uuid`;
}

/** The form in which a token is stored and looked up. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

function unusable(): AppError {
  return new AppError("forbidden", "This link was used already or is too old. Ask for a new one.");
}
