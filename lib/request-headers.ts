/**
 * Request headers that `lib/processes/web.ts` sets itself after dropping what a client sent under these names, so that
 * they can be believed: the address the request came from (a forwarded one only from a trusted proxy), and the request's
 * id (a UUID), which stands in logs, audit rows and error pages.
 */
export const SOURCE_ADDRESS_HEADER = "x-lockstep-source-address";
export const REQUEST_ID_HEADER = "x-request-id";
