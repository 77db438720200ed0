import { AdapterError, type Effect } from "#lib/errors.ts";
import type { TimelockErrorCode } from "#lib/timelock/timelock.ts";

type Words = { readonly code: TimelockErrorCode; readonly effect: Effect; readonly words: string };

const CONNECT_WORDS: Readonly<Record<string, Omit<Words, "effect">>> = {
  ENOTFOUND: { code: "name-lookup", words: "its name is not known to the name service" },
  EAI_AGAIN: { code: "name-lookup", words: "the name service did not answer" },
  EAI_NODATA: { code: "name-lookup", words: "the name service has no address for it" },
  ECONNREFUSED: { code: "refused", words: "the connection was refused, so nothing listens on that port" },
  EHOSTUNREACH: { code: "unreachable", words: "there is no route to the host" },
  ENETUNREACH: { code: "unreachable", words: "there is no route to its network" },
  EADDRNOTAVAIL: { code: "unreachable", words: "the address cannot be reached from here" },
  EACCES: { code: "unreachable", words: "a firewall on this machine forbids the connection" },
  ETIMEDOUT: { code: "connect-timeout", words: "no connection came up in time" },
  UND_ERR_CONNECT_TIMEOUT: { code: "connect-timeout", words: "no connection came up in time" },
  CERT_HAS_EXPIRED: { code: "tls-expired", words: "its certificate has expired" },
  CERT_NOT_YET_VALID: {
    code: "tls-not-yet-valid",
    words: "its certificate is not valid yet, or this machine's clock is wrong",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: "tls-name",
    words: "its certificate is for another name; a server name can be set",
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    code: "tls-trust",
    words: "its certificate comes from an authority that is not trusted here",
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    code: "tls-trust",
    words: "its certificate is self-signed and not trusted here",
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    code: "tls-trust",
    words: "its certificate cannot be traced to a trusted authority",
  },
  UNABLE_TO_GET_ISSUER_CERT: { code: "tls-trust", words: "an authority in its certificate chain is missing" },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    code: "tls-trust",
    words: "its certificate comes from an authority that is not trusted here",
  },
  CERT_UNTRUSTED: { code: "tls-trust", words: "its certificate is not trusted here" },
  CERT_SIGNATURE_FAILURE: {
    code: "tls-trust",
    words: "its certificate was not signed by the authority that it names",
  },
  CERT_REVOKED: { code: "tls-trust", words: "its certificate was revoked" },
  INVALID_CA: { code: "tls-trust", words: "an authority in its certificate chain may not sign certificates" },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    code: "tls-failed",
    words: "it does not speak TLS there; the address may have to begin with http",
  },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: {
    code: "tls-failed",
    words: "it does not speak TLS there; the address may have to begin with http",
  },
};

const CLIENT_CERTIFICATE_ALERT =
  /^ERR_SSL_.*(CERTIFICATE_REQUIRED|ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN)|ACCESS_DENIED|HANDSHAKE_FAILURE))/;

/** Marks an error that happened before a connection was up, when no byte of a request can have been sent. */
export class ConnectFailure extends AdapterError {
  readonly reason: TimelockErrorCode;

  constructor(reason: TimelockErrorCode, words: string, cause: unknown) {
    super(reason, "none", words, { cause });
    this.reason = reason;
  }
}

/** Wraps an error of the connection phase; an `AdapterError` of a look-up hook keeps its words. */
export function connectFailure(cause: unknown): ConnectFailure {
  const found = connectWords(cause);
  return new ConnectFailure(found.code, found.words, cause);
}

function connectWords(cause: unknown): Omit<Words, "effect"> {
  if (cause instanceof AdapterError) return { code: "address-denied", words: cause.message };
  const code = errorCode(cause);
  if (CLIENT_CERTIFICATE_ALERT.test(code)) return clientCertificateWords(code);
  const known = CONNECT_WORDS[code];
  if (known !== undefined) return known;
  if (/SSL|TLS|CERT|ECONNRESET|EPROTO|EPIPE/.test(code)) {
    return { code: "tls-failed", words: `the TLS handshake failed (${code})` };
  }
  return { code: "unreachable", words: `no connection came up (${code || errorText(cause)})` };
}

function clientCertificateWords(code: string): Omit<Words, "effect"> {
  return { code: "tls-client-certificate", words: `it did not accept our client certificate (${code})` };
}

/** What went wrong: the error of the request, and the socket's own, which alone tells of an alert that came after the handshake. */
export type BrokenExchange = { readonly error: unknown; readonly socketError: unknown };

/**
 * What a failed exchange means: no connection is `effect: "none"`, and so is a refused client certificate, which TLS 1.3 reports
 * after the handshake; a time-out or a reset on a live connection is `"unknown"`.
 */
export function exchangeFailure(broken: BrokenExchange, address: string, elapsedMs: number): AdapterError {
  const found = exchangeWords(broken, elapsedMs);
  const words = `${address} did not answer: ${found.words}.`;
  return new AdapterError(found.code, found.effect, words, { cause: broken.error });
}

function exchangeWords({ error, socketError }: BrokenExchange, elapsedMs: number): Words {
  const connect = findConnectFailure(error);
  if (connect !== null) return { code: connect.reason, effect: "none", words: connect.message };
  const code = errorCode(error);
  const alert = [code, errorCode(socketError)].find((one) => CLIENT_CERTIFICATE_ALERT.test(one));
  if (alert !== undefined) return { ...clientCertificateWords(alert), effect: "none" };
  if (isAbort(error)) {
    return {
      code: "time-out",
      effect: "unknown",
      words: `it took longer than ${elapsedMs} ms; the request may have been carried out`,
    };
  }
  if (error instanceof Error && error.name === "HTTPParserError")
    return { code: "not-timelock", effect: "unknown", words: "what came back is not HTTP" };
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return {
      code: "unexpected-answer",
      effect: "unknown",
      words: "its answer was larger than any answer of TimeLock",
    };
  }
  return {
    code: "reset",
    effect: "unknown",
    words: `the connection broke (${code || errorText(error)}); the request may have been carried out`,
  };
}

function findConnectFailure(error: unknown): ConnectFailure | null {
  let current = error;
  for (let depth = 0; depth < 5; depth += 1) {
    if (current instanceof ConnectFailure) return current;
    if (!(current instanceof Error)) return null;
    current = current.cause;
  }
  return null;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
