import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
} from "@simplewebauthn/server";

import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { issueChallenge } from "#lib/people/challenge.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";
import { lockPerson, ownAccount, personSubject } from "#lib/people/person-subject.ts";
import { PASSKEY_ALGORITHMS, relyingParty } from "#lib/people/relying-party.ts";

/** What the browser asks for a new passkey; `options.challenge` finds the challenge again. */
export type PasskeyCreation = { readonly options: PublicKeyCredentialCreationOptionsJSON };

/**
 * Begins a new passkey for the person's own account; one that they have cannot be added twice. Needs a fresh sign-in, here
 * already, so that no device makes a passkey in vain.
 * @throws AppError `fresh-sign-in-required`
 */
export async function beginPasskey(ctx: Context): Promise<PasskeyCreation> {
  const { actor, sessionId } = ownAccount(ctx);
  const begun = await transact(
    ctx,
    {
      action: "begin-passkey",
      subject: personSubject(actor),
      allow: async (tx) => {
        await lockPerson(tx, actor.id);
        await requireFreshSignIn(tx, ctx);
      },
    },
    async (tx) => {
      const owner = { personId: actor.id, sessionId, address: ctx.sourceAddress };
      const challenge = await issueChallenge(tx, { kind: "passkey-register", ...owner, data: {} });
      const known = await tx.passkey.findMany({ where: { personId: actor.id } });
      return { challenge, known };
    },
  );
  const options = await generateRegistrationOptions({
    rpName: "Lockstep",
    rpID: relyingParty().id,
    userName: actor.email,
    userDisplayName: actor.name,
    userID: Uint8Array.from(Buffer.from(actor.id, "utf8")),
    challenge: Uint8Array.from(Buffer.from(begun.challenge, "base64url")),
    attestationType: "none",
    supportedAlgorithmIDs: PASSKEY_ALGORITHMS,
    excludeCredentials: begun.known.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  });
  return { options };
}
