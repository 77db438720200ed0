import { database } from "#lib/db/client.ts";

/** What one token may ask for in a minute; a stored answer costs 1, one that is read live from the systems 10. */
export const RATE_PER_MINUTE = 300;
/** What an endpoint costs of it. */
export type RateCost = 1 | 10;

/** Whether a request may go on, and if not, in how many seconds it may be tried again. */
export type RateAnswer =
  | { readonly allowed: true; readonly left: number }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/**
 * Counts a request of a token against its minute, which begins with its first request, by the database's clock and across every web
 * process. What is refused is not counted.
 */
export async function spendRate(tokenId: string, cost: RateCost): Promise<RateAnswer> {
  const spent = await database().$queryRaw<{ left: number }[]>`
    UPDATE api_token SET
      window_started_at = CASE WHEN window_started_at > now() - interval '1 minute' THEN window_started_at ELSE now() END,
      window_spent = CASE WHEN window_started_at > now() - interval '1 minute' THEN window_spent ELSE 0 END + ${cost}
    WHERE id = ${tokenId}::uuid AND (window_started_at IS NULL OR window_started_at <= now() - interval '1 minute'
      OR window_spent + ${cost} <= ${RATE_PER_MINUTE})
    RETURNING ${RATE_PER_MINUTE} - window_spent AS left`;
  const [row] = spent;
  if (row !== undefined) return { allowed: true, left: row.left };
  const waits = await database().$queryRaw<{ seconds: number }[]>`
    SELECT greatest(1, ceil(extract(epoch FROM window_started_at + interval '1 minute' - clock_timestamp())))::int AS seconds
    FROM api_token WHERE id = ${tokenId}::uuid`;
  return { allowed: false, retryAfterSeconds: waits[0]?.seconds ?? 60 };
}
