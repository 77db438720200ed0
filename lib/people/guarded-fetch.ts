import { request as requestPlain } from "node:http";
import { request as requestTls, type RequestOptions } from "node:https";
import { isIP } from "node:net";

import { AdapterError } from "#lib/errors.ts";
import { allowedAddresses, type NetworkRules, readNetworkRules } from "#lib/inventory/network-rules.ts";

/** What is asked of a provider: form or nothing goes out, text comes back. */
export type GuardedRequest = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** No answer of a provider is longer: documents with keys are some ten kilobytes. */
const ANSWER_BYTES_MAX = 1_000_000;
const ANSWER_MS = 10_000;

/**
 * One request to a sign-in provider under the network rules: the name is resolved once and the connection goes to that very
 * address, which must not be link-local, metadata or outside the allow-list. Follows no redirect, reads at most a megabyte, waits
 * ten seconds at most. Plain http is for this machine alone; the issuer's schema holds to that.
 * @throws AdapterError `address-denied`, `no-answer` or `answer-too-long`, effect none for a denied address
 */
export async function guardedFetch(
  url: string,
  request: GuardedRequest,
  rules: NetworkRules = readNetworkRules(),
): Promise<Response> {
  const target = new URL(url);
  const [address] = await resolve(rules, target.hostname);
  const name = target.hostname.replace(/^\[(.*)\]$/, "$1");
  const options: RequestOptions = {
    method: request.method,
    host: address?.address ?? name,
    port: target.port === "" ? undefined : target.port,
    path: `${target.pathname}${target.search}`,
    headers: { ...request.headers, host: target.host },
    agent: false,
    signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(request.signal ? [request.signal] : [])]),
    ...(isIP(name) === 0 ? { servername: name } : {}),
  };
  const send = target.protocol === "https:" ? requestTls : requestPlain;
  return new Promise((answer, fail) => {
    const lost = (cause: Error) => fail(cause instanceof AdapterError ? cause : noAnswer(target.host, cause));
    const outgoing = send(options, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) incoming.destroy(tooLong(target.host));
        else chunks.push(chunk);
      });
      incoming.on("error", lost);
      incoming.on("end", () => answer(toResponse(incoming.statusCode ?? 502, incoming.headers, chunks)));
    });
    outgoing.on("error", lost);
    outgoing.end(request.body);
  });
}

async function resolve(rules: NetworkRules, host: string) {
  try {
    return await allowedAddresses(rules, host);
  } catch (cause) {
    throw cause instanceof AdapterError ? cause : noAnswer(host, cause);
  }
}

function toResponse(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  chunks: readonly Buffer[],
): Response {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name, value]] : [],
  );
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers: kept });
}

function noAnswer(host: string, cause: unknown): AdapterError {
  const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
  return new AdapterError("no-answer", "unknown", `${host} did not answer${code}.`, { cause });
}

function tooLong(host: string): AdapterError {
  return new AdapterError("answer-too-long", "unknown", `${host} answered with more than a megabyte.`);
}
