import "server-only";

import { AppError } from "#lib/errors.ts";
import { publicUrl } from "#lib/people/public-url.ts";

/**
 * Refuses a request that changes something unless its Origin is the console's own address: a missing one too, since every
 * browser sends it with a POST.
 * @throws AppError `forbidden`
 */
export function requireOwnOrigin(headers: Headers): void {
  if (headers.get("origin") === publicUrl().origin) return;
  throw new AppError(
    "forbidden",
    `This request did not come from ${publicUrl().origin}, the address that Lockstep was started with, so nothing was done. Open the console under that address.`,
  );
}
