import type { IncomingHttpHeaders } from "node:http";
import { REQUEST_ID_HEADER, SOURCE_ADDRESS_HEADER } from "#lib/request-headers.ts";

/** The parts of a request that matter here, so that tests need no server. */
export interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/**
 * Rewrites the headers of a request in place, so that what reads them later may believe them: what a client says about
 * forwarding is dropped unless it comes through a trusted proxy; source address, request id and protocol are ours.
 */
export function believeHeaders(
  request: Request,
  facts: { readonly trusted: readonly string[]; readonly publicUrl: string; readonly requestId: string },
): void {
  const { headers } = request;
  const peer = plainAddress(request.socket.remoteAddress ?? "");
  const isTrusted = facts.trusted.includes(peer);
  const source = isTrusted ? forwardedSource(headers["x-forwarded-for"], facts.trusted, peer) : peer;
  const forwardedHost = isTrusted ? headers["x-forwarded-host"] : undefined;
  for (const name of Object.keys(headers)) {
    if (name.startsWith("x-forwarded-") || name === "forwarded" || name.startsWith("x-lockstep-"))
      delete headers[name];
  }
  headers[SOURCE_ADDRESS_HEADER] = source;
  headers[REQUEST_ID_HEADER] = facts.requestId;
  headers["x-forwarded-for"] = source;
  headers["x-forwarded-proto"] = new URL(facts.publicUrl).protocol.slice(0, -1);
  if (forwardedHost !== undefined) headers["x-forwarded-host"] = forwardedHost;
}

/** The last address of the chain that is not one of our proxies: what stands left of it may be invented. */
function forwardedSource(
  header: string | string[] | undefined,
  trusted: readonly string[],
  peer: string,
): string {
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  const chain = text.split(",").map((address) => plainAddress(address.trim()));
  return chain.findLast((address) => address !== "" && !trusted.includes(address)) ?? peer;
}

function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}
