import "server-only";

import { AppError } from "#lib/errors.ts";
import { isLoopbackHost } from "#lib/people/loopback.ts";
import { publicUrl } from "#lib/people/public-url.ts";

/**
 * Refuses a request that changes something unless its Origin is the console's own address: a missing one too, since every
 * browser sends it with a POST. A console on this machine alone has several names for it (localhost, 127.0.0.1, [::1]); any
 * of them will do, on the same port.
 * @throws AppError `forbidden`
 */
export function requireOwnOrigin(headers: Headers): void {
  if (isOwnOrigin(headers.get("origin"), publicUrl())) return;
  throw new AppError(
    "forbidden",
    `This request did not come from ${publicUrl().origin}, the address that Lockstep was started with, so nothing was done. Open the console under that address.`,
  );
}

function isOwnOrigin(origin: string | null, own: URL): boolean {
  if (origin === null) return false;
  if (origin === own.origin) return true;
  const url = URL.parse(origin);
  const isBothLoopback = url !== null && isLoopbackHost(url.hostname) && isLoopbackHost(own.hostname);
  return isBothLoopback && url.origin === origin && url.protocol === own.protocol && url.port === own.port;
}
