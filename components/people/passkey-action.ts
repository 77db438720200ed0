import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from "@simplewebauthn/browser";

import type { Action } from "#components/live/use-action.ts";
import type { ActionResult } from "#lib/web/schema.ts";

/** Answers what a passkey is to be asked. */
export type BeginPasskey = Action<{ options: PublicKeyCredentialRequestOptionsJSON }>;

/** Answers what a new passkey is to be made with. */
export type BeginNewPasskey = Action<{ options: PublicKeyCredentialCreationOptionsJSON }>;

/** One action out of three steps: ask the server, ask the passkey, hand its answer to the server. */
export function passkeyAction<T>(begin: BeginPasskey, finish: Action<T>): Action<T> {
  return async () => {
    const begun = await begin({});
    if (!begun.ok) return begun;
    const { options } = begun.value;
    const answer = await startAuthentication({ optionsJSON: options }).catch(explain);
    return "ok" in answer ? answer : finish({ challenge: options.challenge, answer });
  };
}

/** The same for a new passkey; the input is its name. */
export function newPasskeyAction<T>(begin: BeginNewPasskey, finish: Action<T>): Action<T> {
  return async (name) => {
    const begun = await begin({});
    if (!begun.ok) return begun;
    const { options } = begun.value;
    const answer = await startRegistration({ optionsJSON: options }).catch(explain);
    return "ok" in answer ? answer : finish({ name, challenge: options.challenge, answer });
  };
}

/** What the browser or the device refused, in words. Source: WebAuthn level 3, sections 5.1.3 and 5.1.4 */
function explain(error: unknown): Extract<ActionResult<never>, { ok: false }> {
  return { ok: false, code: "invalid", message: wordsOf(error), fields: {} };
}

function wordsOf(error: unknown): string {
  if (!window.isSecureContext || !("credentials" in navigator))
    return "This browser offers no passkeys under this address. Nothing was done. Use another way.";
  const name = error instanceof Error ? error.name : "";
  if (name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (name === "SecurityError")
    return "Passkeys do not work under this address. Open the console under its own name; on this machine that is localhost.";
  return "No passkey was used: the browser's question was closed, or it took too long. Nothing was done.";
}
