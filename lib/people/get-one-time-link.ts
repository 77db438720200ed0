import { database } from "#lib/db/client.ts";
import { hashToken } from "#lib/people/one-time-link.ts";
import type { LinkPurpose } from "#lib/people/schema.ts";

/** What the page of a one-time link shows: what it is for, and for whom where that is known. */
export type OneTimeLinkView = {
  readonly purpose: LinkPurpose;
  readonly person: { readonly name: string; readonly email: string } | null;
};

/** The link of a token, without using it up; null when there is none, or it was used or has expired. Asks for no session. */
export async function getOneTimeLink(token: string): Promise<OneTimeLinkView | null> {
  const rows = await database().$queryRaw<
    { purpose: LinkPurpose; name: string | null; email: string | null }[]
  >`
    SELECT l.purpose, p.name, p.email FROM one_time_link l LEFT JOIN person p ON p.id = l.person_id
    WHERE l.token_hash = ${hashToken(token)} AND l.used_at IS NULL AND l.expires_at > now()`;
  const link = rows[0];
  if (link === undefined) return null;
  const person = link.name === null || link.email === null ? null : { name: link.name, email: link.email };
  return { purpose: link.purpose, person };
}
