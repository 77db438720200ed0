import { database } from "#lib/db/client.ts";
import { auth, SESSION_IDLE_SECONDS, SESSION_SECONDS_MAX } from "#lib/people/auth.ts";

/** The signed-in person and their session. */
export type CurrentSession = {
  readonly sessionId: string;
  readonly person: { readonly id: string; readonly name: string; readonly email: string };
  /** When it ends unless something is done in it; nothing moves it beyond 12 hours after sign-in. */
  readonly endsAt: Date;
};

type Row = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly alive: boolean;
  readonly quiet: boolean;
  readonly endsAt: Date;
};

/**
 * The session of a request's cookie, or null when there is none, it is older than 12 hours, nothing was done in it for an
 * hour, or its person was deactivated; a session that is over is removed. By the database's clock. With `counts` false the
 * call is no sign of life, as for pages that poll by themselves.
 */
export async function readCurrentSession(
  headers: Headers,
  options: { readonly counts: boolean },
): Promise<CurrentSession | null> {
  const found = await auth().api.getSession({ headers, query: { disableRefresh: true } });
  if (found === null) return null;
  const sessionId = found.session.id;
  const rows = await database().$queryRaw<Row[]>`
    SELECT p.id, p.name, p.email,
      s.last_seen_at < now() - interval '1 minute' AS quiet,
      least(s.expires_at, s.created_at + interval '1 second' * ${SESSION_SECONDS_MAX},
        (CASE WHEN ${options.counts} THEN now() ELSE s.last_seen_at END) + interval '1 second' * ${SESSION_IDLE_SECONDS})
        AS "endsAt",
      p.deactivated_at IS NULL AND s.expires_at > now()
        AND s.created_at > now() - interval '1 second' * ${SESSION_SECONDS_MAX}
        AND s.last_seen_at > now() - interval '1 second' * ${SESSION_IDLE_SECONDS} AS alive
    FROM session s JOIN person p ON p.id = s.person_id WHERE s.id = ${sessionId}::uuid`;
  const row = rows[0];
  if (row === undefined) return null;
  if (!row.alive) {
    await database().$executeRaw`DELETE FROM session WHERE id = ${sessionId}::uuid`;
    return null;
  }
  if (options.counts && row.quiet) {
    await database().$executeRaw`UPDATE session SET last_seen_at = now() WHERE id = ${sessionId}::uuid`;
  }
  return { sessionId, person: { id: row.id, name: row.name, email: row.email }, endsAt: row.endsAt };
}
