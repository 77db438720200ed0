"use server";

import { z } from "zod";

import { beginTotp } from "#lib/people/begin-totp.ts";
import { changePassword } from "#lib/people/change-password.ts";
import { confirmIdentity } from "#lib/people/confirm-identity.ts";
import { confirmIdentityWithPasskey } from "#lib/people/confirm-identity-with-passkey.ts";
import { confirmTotp } from "#lib/people/confirm-totp.ts";
import { beginPasskey } from "#lib/people/begin-passkey.ts";
import { beginPasskeyConfirmation } from "#lib/people/passkey-challenge.ts";
import { registerPasskey } from "#lib/people/register-passkey.ts";
import { removePasskey } from "#lib/people/remove-passkey.ts";
import { removeTotp } from "#lib/people/remove-totp.ts";
import { renamePasskey } from "#lib/people/rename-passkey.ts";
import { renewRecoveryCodes } from "#lib/people/renew-recovery-codes.ts";
import { revokeSession } from "#lib/people/revoke-session.ts";
import {
  changePasswordInput,
  confirmIdentityInput,
  confirmTotpInput,
  passkeyInput,
  registerPasskeyInput,
  removePasskeyInput,
  renamePasskeyInput,
  revokeSessionInput,
} from "#lib/people/schema.ts";
import { runAction } from "#lib/web/run-action.ts";

const nothing = z.strictObject({});

export async function changePasswordAction(input: unknown) {
  return runAction(changePasswordInput, input, async (context, parsed, session) =>
    changePassword(context, parsed, session.sessionId),
  );
}

export async function revokeSessionAction(input: unknown) {
  return runAction(revokeSessionInput, input, revokeSession);
}

export async function confirmIdentityAction(input: unknown) {
  return runAction(confirmIdentityInput, input, confirmIdentity);
}

export async function beginPasskeyConfirmationAction(input: unknown) {
  return runAction(nothing, input, beginPasskeyConfirmation);
}

export async function confirmIdentityWithPasskeyAction(input: unknown) {
  return runAction(passkeyInput, input, confirmIdentityWithPasskey);
}

export async function beginTotpAction(input: unknown) {
  return runAction(nothing, input, beginTotp);
}

export async function confirmTotpAction(input: unknown) {
  return runAction(confirmTotpInput, input, confirmTotp);
}

export async function removeTotpAction(input: unknown) {
  return runAction(nothing, input, removeTotp);
}

export async function renewRecoveryCodesAction(input: unknown) {
  return runAction(nothing, input, renewRecoveryCodes);
}

export async function beginPasskeyAction(input: unknown) {
  return runAction(nothing, input, beginPasskey);
}

export async function registerPasskeyAction(input: unknown) {
  return runAction(registerPasskeyInput, input, registerPasskey);
}

export async function renamePasskeyAction(input: unknown) {
  return runAction(renamePasskeyInput, input, renamePasskey);
}

export async function removePasskeyAction(input: unknown) {
  return runAction(removePasskeyInput, input, removePasskey);
}
