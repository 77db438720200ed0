import { z } from "zod";

import { database } from "#lib/db/client.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { requireOidc } from "#lib/people/begin-oidc.ts";
import {
  type Challenge,
  type ChallengeKind,
  challengeOver,
  findChallenge,
  takeChallenge,
} from "#lib/people/challenge.ts";
import { type OidcClaims, redeemAnswer } from "#lib/people/oidc-provider-client.ts";
import { OIDC_ROW, type OidcSettings } from "#lib/people/oidc-settings.ts";

/** What came back from the provider: claims that are verified, or why they are not, for the transaction to record. */
export type OidcAnswer = {
  readonly settings: OidcSettings;
  readonly challenge: Challenge;
  readonly beganAt: number;
  readonly said:
    | { readonly ok: true; readonly claims: OidcClaims }
    | { readonly ok: false; readonly error: AppError };
};

const kept = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  version: z.string(),
  beganAt: z.coerce.number().int(),
});

/**
 * Uses up the way to the provider that the cookie's token stands for, and exchanges what came back for claims, outside of any
 * transaction. A wrong answer is handed on as it is: whoever acts on it refuses and records it.
 * @throws AppError `invalid` when there is no such way (any more); `conflict` when the provider was turned off or changed since;
 *   `unavailable` when it does not answer
 */
export async function readOidcAnswer(
  kind: Extract<ChallengeKind, `oidc-${string}`>,
  token: string,
  query: URLSearchParams,
): Promise<OidcAnswer> {
  const challenge = await takeChallenge(database(), kind, token);
  if (challenge === null) throw challengeOver();
  const settings = await requireOidc();
  const { version, beganAt, ...secrets } = kept.parse(challenge.data);
  if (version !== `${settings.version}`) throw settingsChanged();
  const claims = redeemAnswer(settings, query, secrets);
  const said = await claims.then(
    (all) => ({ ok: true, claims: all }) as const,
    (error: unknown) => {
      if (error instanceof AppError && error.code === "forbidden") return { ok: false, error } as const;
      throw error;
    },
  );
  return { settings, challenge, beganAt, said };
}

/**
 * Holds the settings that an answer was checked against until the transaction ends.
 * @throws AppError `conflict` when they were changed meanwhile
 */
export async function holdOidcSettings(tx: Tx, settings: OidcSettings): Promise<void> {
  const rows = await tx.$queryRaw<{ version: number; enabled: boolean }[]>`
    SELECT version, enabled FROM oidc_settings WHERE id = ${OIDC_ROW} FOR SHARE`;
  if (rows[0]?.version !== settings.version || !rows[0].enabled) throw settingsChanged();
}

function settingsChanged(): AppError {
  return new AppError(
    "conflict",
    "An administrator changed sign-in with the provider meanwhile. Nothing was done. Start again.",
  );
}

/** Whether the way to the provider that a token stands for was begun for a fresh sign-in, and not to sign in. */
export async function isConfirmation(token: string): Promise<boolean> {
  return (await findChallenge(database(), "oidc-confirm", token)) !== null;
}
