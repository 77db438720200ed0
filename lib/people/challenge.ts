import { createHash, randomBytes, randomUUID } from "node:crypto";

import { z } from "zod";

import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { type FieldPlace, openField, sealField } from "#lib/secrets/sealed-field.ts";
import { canonicalJson, parseJson } from "#lib/timestamps/json.ts";

/** What a challenge is for; one of one kind never passes for another. */
export type ChallengeKind =
  | "second-factor"
  | "passkey-sign-in"
  | "passkey-confirm"
  | "passkey-register"
  | "oidc-sign-in"
  | "oidc-confirm";

/** A challenge to store. `data` is sealed. `personId` null: whoever answers says who they are. */
export type NewChallenge = {
  readonly kind: ChallengeKind;
  readonly personId: string | null;
  readonly sessionId: string | null;
  readonly address: string | null;
  readonly data: Readonly<Record<string, string>>;
};

/** A challenge that stands. */
export type Challenge = {
  readonly personId: string | null;
  readonly sessionId: string | null;
  readonly data: Readonly<Record<string, string>>;
};

/** How long a challenge may stand unanswered. */
export const CHALLENGE_SECONDS = 10 * 60;

/** How many challenges one address may have open before somebody signed in. */
const OPEN_MAX = 60;

type Place = Pick<Tx, "$queryRaw" | "$executeRaw">;

/**
 * Stores a challenge for ten minutes and returns the token that finds it again, 43 characters of base64url, of which only the
 * SHA-256 is kept. Challenges that were never answered are cleared away.
 * @throws AppError `forbidden` when an address has sixty open for nobody in particular
 */
export async function issueChallenge(place: Place, challenge: NewChallenge): Promise<string> {
  const { kind, personId, sessionId, address, data } = challenge;
  await place.$executeRaw`DELETE FROM auth_challenge WHERE expires_at < now()`;
  if (personId === null && address !== null) await refuseTooMany(place, address);
  const id = randomUUID();
  const token = randomBytes(32).toString("base64url");
  const sealed = sealField(placeOf(id), canonicalJson(data));
  await place.$executeRaw`
    INSERT INTO auth_challenge (id, kind, token_hash, person_id, session_id, address, sealed_data, created_at, expires_at)
    VALUES (${id}::uuid, ${kind}, ${hashOf(token)}, ${personId}::uuid, ${sessionId}::uuid, ${address}, ${sealed},
      now(), now() + interval '1 second' * ${CHALLENGE_SECONDS})`;
  return token;
}

/** Looks a challenge up without using it; null when there is none of the kind, it was answered, or it is too old. */
export async function findChallenge(
  place: Pick<Place, "$queryRaw">,
  kind: ChallengeKind,
  token: string,
): Promise<Challenge | null> {
  const rows = await place.$queryRaw<Row[]>`
    SELECT id, person_id AS "personId", session_id AS "sessionId", sealed_data AS sealed FROM auth_challenge
    WHERE token_hash = ${hashOf(token)} AND kind = ${kind} AND expires_at > now()`;
  return toChallenge(rows[0]);
}

/**
 * Uses a challenge up: of two who answer it at once, one gets it. Within a transaction it stands again when that fails.
 * Null as `findChallenge`.
 */
export async function takeChallenge(
  place: Pick<Place, "$queryRaw">,
  kind: ChallengeKind,
  token: string,
): Promise<Challenge | null> {
  const rows = await place.$queryRaw<Row[]>`
    DELETE FROM auth_challenge WHERE token_hash = ${hashOf(token)} AND kind = ${kind} AND expires_at > now()
    RETURNING id, person_id AS "personId", session_id AS "sessionId", sealed_data AS sealed`;
  return toChallenge(rows[0]);
}

/** The refusal of a challenge that does not stand any more. */
export function challengeOver(): AppError {
  return new AppError(
    "invalid",
    "This took longer than ten minutes, or was finished already. Nothing was done. Start again.",
  );
}

type Row = {
  readonly id: string;
  readonly personId: string | null;
  readonly sessionId: string | null;
  readonly sealed: string;
};

const storedData = z.record(z.string(), z.string());

function toChallenge(row: Row | undefined): Challenge | null {
  if (row === undefined) return null;
  const data = storedData.parse(parseJson(openField(placeOf(row.id), row.sealed)));
  return { personId: row.personId, sessionId: row.sessionId, data };
}

async function refuseTooMany(place: Place, address: string): Promise<void> {
  const rows = await place.$queryRaw<{ open: number }[]>`
    SELECT count(*)::int AS open FROM auth_challenge
    WHERE address = ${address} AND person_id IS NULL AND expires_at > now()`;
  if ((rows[0]?.open ?? 0) < OPEN_MAX) return;
  throw new AppError("forbidden", "Too many sign-ins were begun from this address. Wait ten minutes.");
}

function placeOf(id: string): FieldPlace {
  return { table: "auth_challenge", row: id, field: "data" };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}
