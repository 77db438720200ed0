import {
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";

import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { findChallenge, issueChallenge, type NewChallenge } from "#lib/people/challenge.ts";
import { requirePending } from "#lib/people/pending-sign-in.ts";
import { ownAccount } from "#lib/people/person-subject.ts";
import { relyingParty } from "#lib/people/relying-party.ts";

/** What the browser asks a passkey; `options.challenge` finds the challenge again. */
export type PasskeyRequest = { readonly options: PublicKeyCredentialRequestOptionsJSON };

/** Begins a sign-in with a passkey that knows its person. @throws AppError `forbidden` for too many from one address */
export async function beginPasskeySignIn(ctx: Context): Promise<PasskeyRequest> {
  return request(ctx, { kind: "passkey-sign-in", personId: null, sessionId: null }, "required");
}

/**
 * Begins the second half of a sign-in with one of the person's passkeys. `token` is that of the browser's cookie.
 * @throws AppError `unauthenticated` when the sign-in took too long
 */
export async function beginPasskeyCompletion(ctx: Context, token: string): Promise<PasskeyRequest> {
  const { personId } = requirePending(await findChallenge(database(), "second-factor", token));
  return request(ctx, { kind: "passkey-sign-in", personId, sessionId: null }, "preferred");
}

/** Begins a fresh sign-in with one of the person's passkeys. @throws AppError `conflict` when there is none */
export async function beginPasskeyConfirmation(ctx: Context): Promise<PasskeyRequest> {
  const { actor, sessionId } = ownAccount(ctx);
  return request(ctx, { kind: "passkey-confirm", personId: actor.id, sessionId }, "required");
}

async function request(
  ctx: Context,
  challenge: Omit<NewChallenge, "address" | "data">,
  userVerification: "required" | "preferred",
): Promise<PasskeyRequest> {
  const known = challenge.personId === null ? [] : await passkeysOf(challenge.personId);
  if (challenge.personId !== null && known.length === 0)
    throw new AppError("conflict", "This account has no passkey. Use a code instead.");
  const options = await generateAuthenticationOptions({
    rpID: relyingParty().id,
    challenge: await store(ctx, challenge),
    userVerification,
    allowCredentials: known,
  });
  return { options };
}

/** The token as bytes, so that it is the very text of the challenge that comes back. */
async function store(ctx: Context, challenge: Omit<NewChallenge, "address" | "data">) {
  const token = await issueChallenge(database(), { ...challenge, address: ctx.sourceAddress, data: {} });
  return Uint8Array.from(Buffer.from(token, "base64url"));
}

async function passkeysOf(personId: string) {
  const rows = await database().passkey.findMany({
    where: { personId },
    select: { credentialId: true, transports: true },
  });
  return rows.map(({ credentialId, transports }) => ({ id: credentialId, transports }));
}
