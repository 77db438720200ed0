import "server-only";

import { randomUUID } from "node:crypto";

import { REQUEST_ID_HEADER, SOURCE_ADDRESS_HEADER } from "#lib/request-headers.ts";

/** Where a request came from and under which id it is logged. */
export type RequestFacts = {
  readonly sourceAddress: string | null;
  readonly requestId: string;
  readonly userAgent: string | null;
};

/**
 * The facts of a request from the headers that the web process set itself (`lib/processes/web.ts` drops what a client sent
 * under those names). The address is null where nobody set it, and then nothing is counted or recorded for it.
 */
export function requestFacts(headers: Headers): RequestFacts {
  return {
    sourceAddress: headers.get(SOURCE_ADDRESS_HEADER),
    requestId: headers.get(REQUEST_ID_HEADER) ?? randomUUID(),
    userAgent: headers.get("user-agent"),
  };
}
