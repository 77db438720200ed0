import { createHash, randomUUID } from "node:crypto";

import { database } from "#lib/db/client.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";

/** Failures within 15 minutes of each other that are free of delay. Source: issue 3, part 2 */
export const FREE_FAILURES = 5;

/** Who tries to sign in: both are counted, each for itself. `address` null: unknown, and then only the account counts. */
export type Attempt = { readonly email: string; readonly address: string | null };

type Row = { readonly refused: boolean; readonly waitSeconds: number };

/**
 * Counts an attempt before its password is looked at, so that many at once do not slip through; `forgiveAttempt` takes it
 * back on success. From the fifth failure on, each lays a delay on the account and on the address: 15 seconds, doubled each
 * time, 15 minutes at most; 15 quiet minutes after the last delay forget all. Refused attempts do not count, so nobody can
 * be kept out by hammering. The clock is the database's.
 * @throws AppError `forbidden` while a delay runs, with the time to wait
 */
export async function countAttempt(attempt: Attempt): Promise<void> {
  const keys = keysOf(attempt);
  const running = await database().$queryRaw<Row[]>`
    SELECT true AS refused, ceil(extract(epoch FROM blocked_until - now()))::int AS "waitSeconds"
    FROM sign_in_throttle WHERE key = ANY(${keys}::text[]) AND blocked_until > now()`;
  refuseWhileBlocked(running);
  refuseWhileBlocked(await reserve(keys));
}

/** Forgets the failures of an account, for whoever proved in another way to be its person. */
export async function forgetFailures(tx: Tx, email: string): Promise<void> {
  const [account] = keysOf({ email, address: null });
  await tx.$executeRaw`DELETE FROM sign_in_throttle WHERE key = ${account}`;
}

/** Forgets the account's failures and this one attempt of the address; belongs in the transaction of the sign-in. */
export async function forgiveAttempt(tx: Tx, attempt: Attempt): Promise<void> {
  const [account, address] = keysOf(attempt);
  await tx.$executeRaw`DELETE FROM sign_in_throttle WHERE key = ${account} OR last_attempt_at < now() - interval '1 day'`;
  if (address === undefined) return;
  await tx.$executeRaw`
    UPDATE sign_in_throttle SET failures = greatest(failures - 1, 0),
      blocked_until = CASE WHEN failures - 1 < ${FREE_FAILURES} THEN NULL ELSE blocked_until END
    WHERE key = ${address}`;
}

async function reserve(keys: readonly string[]): Promise<readonly Row[]> {
  const attemptId = randomUUID();
  return database().$queryRaw<Row[]>`
    INSERT INTO sign_in_throttle AS t (key, failures, last_attempt_at, last_attempt_id, blocked_until)
    SELECT key, 1, now(), ${attemptId}::uuid, NULL FROM unnest(${keys}::text[]) AS key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET (failures, last_attempt_at, last_attempt_id, blocked_until) = (
      SELECT n.failures, now(), ${attemptId}::uuid,
        CASE WHEN n.failures >= ${FREE_FAILURES}
          THEN now() + interval '1 second' * least(900, 15 * power(2, least(n.failures - ${FREE_FAILURES}, 10))) END
      FROM (SELECT CASE WHEN coalesce(t.blocked_until, t.last_attempt_at) < now() - interval '15 minutes'
        THEN 1 ELSE t.failures + 1 END AS failures) AS n
      WHERE t.blocked_until IS NULL OR t.blocked_until <= now()
      UNION ALL SELECT t.failures, t.last_attempt_at, t.last_attempt_id, t.blocked_until WHERE t.blocked_until > now())
    RETURNING t.last_attempt_id <> ${attemptId}::uuid AS refused,
      coalesce(ceil(extract(epoch FROM t.blocked_until - now())), 0)::int AS "waitSeconds"`;
}

function refuseWhileBlocked(rows: readonly Row[]): void {
  const waits = rows.filter((row) => row.refused).map((row) => row.waitSeconds);
  if (waits.length === 0) return;
  const seconds = Math.max(1, ...waits);
  const wait = seconds < 100 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  throw new AppError("forbidden", `Too many failed attempts. Wait ${wait}, then try again.`);
}

/** The e-mail is hashed: the table then holds no list of what people typed. */
function keysOf(attempt: Attempt): [string, ...string[]] {
  const account = `account:${createHash("sha256").update(attempt.email, "utf8").digest("hex")}`;
  return attempt.address === null ? [account] : [account, `address:${attempt.address}`];
}
