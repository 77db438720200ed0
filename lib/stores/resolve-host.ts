import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

import { AdapterError, AppError } from "#lib/errors.ts";

/** Turns a host name into the address to connect to, or refuses it by network rules. @throws AppError for a denied address */
export type ResolveAddress = (host: string) => Promise<string>;

/**
 * The address of a host, by the given rules or else by the name service.
 * @throws AdapterError `address-denied`, effect none, when the rules refuse it; what `explained` makes of any other failure
 */
export async function resolveHost(
  host: string,
  resolveAddress: ResolveAddress | undefined,
  explained: (error: unknown) => AdapterError,
): Promise<string> {
  try {
    if (resolveAddress !== undefined) return await resolveAddress(host);
    return isIP(host) === 0 ? (await lookup(host)).address : host;
  } catch (error) {
    if (error instanceof AppError) {
      const message = `${error.message} Nothing was changed in the store.`;
      throw new AdapterError("address-denied", "none", message, { cause: error });
    }
    throw explained(error);
  }
}
