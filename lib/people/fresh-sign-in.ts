import type { Reader, Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import type { Freshness } from "#lib/people/schema.ts";

/** How long a proof of identity counts as fresh. Source: issue 4, fresh sign-in */
export const FRESH_SECONDS = 5 * 60;

/** What a fresh sign-in rested on, for audit rows and approvals. */
export type FreshSignIn = { readonly secondFactorUsed: boolean };

type State = {
  readonly confirmed: boolean;
  readonly secondFactor: boolean;
  readonly enrolled: boolean;
};

/**
 * Makes sure, inside the transaction that acts, that the person proved within the last five minutes, in this very session, who
 * they are: with password, passkey or provider, and with the second factor too when they have one. With `secondFactor:
 * "required"` (a policy asks for it) nobody passes without one. The session stays locked FOR SHARE. By the database's clock.
 * @throws AppError `fresh-sign-in-required` when the proof is missing or too old; `forbidden` for machines, and for people whom
 *   a policy asks for a second factor that they do not have
 */
export async function requireFreshSignIn(
  tx: Tx,
  ctx: Context,
  options: { readonly secondFactor?: "required" | "when-enrolled" } = {},
): Promise<FreshSignIn> {
  if (ctx.actor.kind !== "person")
    throw new AppError("forbidden", "Only a person can do this, right after proving who they are.");
  const state = await readState(tx, ctx.actor.id, ctx.sessionId);
  if (options.secondFactor === "required" && state?.enrolled === false) {
    throw new AppError(
      "forbidden",
      "The policy here asks for a second factor, and you have none. Nothing was changed. Set one up on the page Account, Security, then do this again.",
    );
  }
  const isFresh = state !== null && state.confirmed && (state.secondFactor || !state.enrolled);
  if (!isFresh) {
    throw new AppError(
      "fresh-sign-in-required",
      "Confirm who you are first: this takes a proof that is at most five minutes old. Nothing was changed.",
    );
  }
  return { secondFactorUsed: state.secondFactor };
}

/** Whether the person has a second factor that is in use: an authenticator app or a passkey. */
export async function hasSecondFactor(reader: Pick<Reader, "$queryRaw">, personId: string): Promise<boolean> {
  const rows = await reader.$queryRaw<{ enrolled: boolean }[]>`
    SELECT EXISTS (SELECT FROM totp_factor WHERE person_id = ${personId}::uuid AND confirmed_at IS NOT NULL)
      OR EXISTS (SELECT FROM passkey WHERE person_id = ${personId}::uuid) AS enrolled`;
  return rows[0]?.enrolled === true;
}

/** Whether a second factor was used in this session, at sign-in or later. */
export async function wasSecondFactorUsed(
  reader: Pick<Reader, "$queryRaw">,
  sessionId: string,
): Promise<boolean> {
  const rows = await reader.$queryRaw<unknown[]>`
    SELECT 1 FROM session WHERE id = ${sessionId}::uuid AND second_factor_at IS NOT NULL`;
  return rows.length > 0;
}

/** What was just proved in a session. */
export type Proof = { readonly identity: boolean; readonly secondFactor: boolean };

/**
 * Notes on the session what was just proved, and says whether that makes the sign-in fresh, or what is still missing.
 * @throws AppError `unauthenticated` when the session ended meanwhile
 */
export async function stampSession(tx: Tx, sessionId: string, proof: Proof): Promise<Freshness> {
  const personIds = await tx.$queryRaw<{ personId: string }[]>`
    UPDATE session SET
      confirmed_at = CASE WHEN ${proof.identity} THEN clock_timestamp() ELSE confirmed_at END,
      second_factor_at = CASE WHEN ${proof.secondFactor} THEN clock_timestamp() ELSE second_factor_at END
    WHERE id = ${sessionId}::uuid AND expires_at > now() RETURNING person_id AS "personId"`;
  const personId = personIds[0]?.personId;
  const state = personId === undefined ? null : await readState(tx, personId, sessionId);
  if (state === null) throw new AppError("unauthenticated", "The session has ended. Sign in again.");
  return { identity: state.confirmed, secondFactor: state.secondFactor || !state.enrolled };
}

/** A stamp from the future, after the clock was set back, is not fresh; one second is rounding. */
async function readState(tx: Tx, personId: string, sessionId: string | undefined): Promise<State | null> {
  if (sessionId === undefined) return null;
  const rows = await tx.$queryRaw<Omit<State, "enrolled">[]>`
    SELECT coalesce(s.confirmed_at > c.now - c.fresh AND s.confirmed_at < c.now + interval '1 second', false) AS confirmed,
      coalesce(s.second_factor_at > c.now - c.fresh AND s.second_factor_at < c.now + interval '1 second', false)
        AS "secondFactor"
    FROM session s JOIN person p ON p.id = s.person_id,
      (SELECT clock_timestamp() AS now, interval '1 second' * ${FRESH_SECONDS} AS fresh) AS c
    WHERE s.id = ${sessionId}::uuid AND s.person_id = ${personId}::uuid AND s.expires_at > c.now
      AND p.deactivated_at IS NULL
    FOR SHARE OF s, p`;
  const [row] = rows;
  return row === undefined ? null : { ...row, enrolled: await hasSecondFactor(tx, personId) };
}
