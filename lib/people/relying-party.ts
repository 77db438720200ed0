import { isLoopbackHost } from "#lib/people/loopback.ts";
import { publicUrl } from "#lib/people/public-url.ts";

/** The signatures that passkeys may make: EdDSA, ES256, RS256. Source: the COSE algorithms registry of RFC 9053 and RFC 8812 */
export const PASSKEY_ALGORITHMS: number[] = [-8, -7, -257];

/** What passkeys are bound to: the name of the console's address. */
export type RelyingParty = { readonly id: string; readonly origin: string };

/**
 * The console as passkeys know it. A passkey belongs to a name, never to a number: a console on this machine alone, which is
 * reached under several names, is `localhost` to them. Source: WebAuthn level 3, section 5.1.2, effective domain
 */
export function relyingParty(): RelyingParty {
  const url = publicUrl();
  if (!isLoopbackHost(url.hostname)) return { id: url.hostname, origin: url.origin };
  const local = new URL(url);
  local.hostname = "localhost";
  return { id: "localhost", origin: local.origin };
}
