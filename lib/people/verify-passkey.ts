import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";

import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { PASSKEY_ALGORITHMS, relyingParty } from "#lib/people/relying-party.ts";
import type { PasskeyInput, RegisterPasskeyInput } from "#lib/people/schema.ts";

/** A passkey that answered rightly. */
export type UsedPasskey = {
  readonly id: string;
  readonly personId: string;
  readonly name: string;
  /** The device made sure who holds it, by PIN, finger or face: then it is two factors in one. */
  readonly userVerified: boolean;
};

/** A new passkey as it is to be stored. */
export type NewPasskey = {
  readonly credentialId: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: bigint;
  readonly synced: boolean;
  readonly userVerified: boolean;
};

type Row = {
  readonly id: string;
  readonly personId: string;
  readonly name: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: bigint;
};

/**
 * Checks a passkey's answer against the challenge, our address and its own key, notes its signature counter and that it was used,
 * and says whose it is. A counter that did not grow means a copy of the key, and is refused. The caller has used the challenge up.
 * @throws AppError `unauthenticated` for an unknown passkey, one that is not of `personId`, and a wrong answer
 */
export async function verifyPasskey(
  tx: Tx,
  input: PasskeyInput,
  needs: { readonly userVerification: boolean; readonly personId?: string },
): Promise<UsedPasskey> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT id, person_id AS "personId", name, public_key AS "publicKey", counter FROM passkey
    WHERE credential_id = ${input.answer.id} FOR UPDATE`;
  const [passkey] = rows;
  if (passkey === undefined || passkey.personId !== (needs.personId ?? passkey.personId)) throw refused();
  const { id: rpID, origin } = relyingParty();
  const checked = await settle(async () =>
    verifyAuthenticationResponse({
      response: requestAnswer(input),
      expectedChallenge: input.challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      credential: { ...keyOf(passkey), id: input.answer.id },
      requireUserVerification: needs.userVerification,
    }),
  );
  if (!checked.verified) throw refused();
  const counter = BigInt(checked.authenticationInfo.newCounter);
  await tx.$executeRaw`UPDATE passkey SET counter = ${counter}, last_used_at = now() WHERE id = ${passkey.id}::uuid`;
  const { id, personId, name } = passkey;
  return { id, personId, name, userVerified: checked.authenticationInfo.userVerified };
}

/** Checks a new passkey against the challenge and our address. @throws AppError `invalid` when it does not agree */
export async function verifyNewPasskey(input: RegisterPasskeyInput): Promise<NewPasskey> {
  const { id: rpID, origin } = relyingParty();
  const checked = await settle(async () =>
    verifyRegistrationResponse({
      response: creationAnswer(input),
      expectedChallenge: input.challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: false,
      supportedAlgorithmIDs: PASSKEY_ALGORITHMS,
    }),
  );
  if (!checked.verified) throw refused();
  const { credential, credentialBackedUp, userVerified } = checked.registrationInfo;
  return {
    credentialId: credential.id,
    publicKey: Uint8Array.from(credential.publicKey),
    counter: BigInt(credential.counter),
    synced: credentialBackedUp,
    userVerified,
  };
}

function requestAnswer({ answer }: PasskeyInput): AuthenticationResponseJSON {
  const { id, rawId, type, response } = answer;
  const { clientDataJSON, authenticatorData, signature } = response;
  const signed = { clientDataJSON, authenticatorData, signature };
  return { id, rawId, type, clientExtensionResults: {}, response: signed };
}

function creationAnswer({ answer }: RegisterPasskeyInput): RegistrationResponseJSON {
  const { id, rawId, type, response } = answer;
  const { clientDataJSON, attestationObject } = response;
  return { id, rawId, type, clientExtensionResults: {}, response: { clientDataJSON, attestationObject } };
}

/** WebAuthn's counter is an unsigned 32-bit number. */
function keyOf({ publicKey, counter }: Row) {
  return { publicKey: Uint8Array.from(publicKey), counter: +counter.toString() };
}

/** The library throws for every answer that is not as it should be; which check failed is for the log alone. */
async function settle<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (cause) {
    throw refused(cause);
  }
}

function refused(cause?: unknown): AppError {
  return new AppError(
    "unauthenticated",
    "This passkey was not accepted. Nothing was done. Try again, or use another way to sign in.",
    { cause },
  );
}
