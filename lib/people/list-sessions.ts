import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { SESSION_IDLE_SECONDS, SESSION_SECONDS_MAX } from "#lib/people/auth.ts";
import { deviceName } from "#lib/people/device-name.ts";
import type { SessionDto } from "#lib/people/schema.ts";

type Row = {
  readonly id: string;
  readonly userAgent: string | null;
  readonly address: string | null;
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
  readonly endsAt: Date;
};

/** The person's own open sessions, the current one first, then by last use. */
export async function listSessions(ctx: Context, currentSessionId: string): Promise<readonly SessionDto[]> {
  if (ctx.actor.kind !== "person") throw new AppError("invalid", "Only a person has sessions.");
  const rows = await database().$queryRaw<Row[]>`
    SELECT id, user_agent AS "userAgent", ip_address AS address, created_at AS "startedAt", last_seen_at AS "lastSeenAt",
      created_at + interval '1 second' * ${SESSION_SECONDS_MAX} AS "endsAt"
    FROM session
    WHERE person_id = ${ctx.actor.id}::uuid AND expires_at > now()
      AND created_at > now() - interval '1 second' * ${SESSION_SECONDS_MAX}
      AND last_seen_at > now() - interval '1 second' * ${SESSION_IDLE_SECONDS}
    ORDER BY id = ${currentSessionId}::uuid DESC, last_seen_at DESC, id`;
  return rows.map((row) => ({
    id: row.id,
    device: deviceName(row.userAgent),
    address: row.address === "" ? null : row.address,
    startedAt: row.startedAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    endsAt: row.endsAt.toISOString(),
    isCurrent: row.id === currentSessionId,
  }));
}
