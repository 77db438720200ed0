import { AdapterError } from "#lib/errors.ts";

/** The stage of a connection test at which a failure belongs. */
export type FailedStage = "name look-up" | "connection" | "TLS" | "authentication" | "database" | "rights";

type Explained = { readonly code: string; readonly stage: FailedStage; readonly message: string };

/** What pg and Node attach to their errors, as far as we read it. */
type DriverError = {
  readonly message: string;
  readonly code?: string;
  readonly severity?: string;
  readonly detail?: string;
};

function isDriverError(error: unknown): error is DriverError {
  return error instanceof Error;
}

const SQL_STATES: Readonly<Record<string, Explained>> = {
  "28P01": say(
    "authentication-failed",
    "authentication",
    "The server refused the user or the password. Check both.",
  ),
  "28000": say(
    "not-allowed",
    "authentication",
    "The server does not let this user connect in this way. Its pg_hba.conf has no line for this user, database, address and encryption: add one, or choose another TLS mode.",
  ),
  "3D000": say(
    "database-missing",
    "database",
    "The server has no database of this name. Check its spelling and case.",
  ),
  "42501": say(
    "permission-denied",
    "rights",
    "Our user lacks a right that this needs. Grant it, or use the service's own database user.",
  ),
  "53300": say(
    "too-many-connections",
    "connection",
    "The server has no connection left for us. Close some, or raise max_connections.",
  ),
  "55P03": say(
    "lock-timeout",
    "rights",
    "Another session holds a lock on the timestamp table for longer than we wait. See the list of sessions, end that session, then try again.",
  ),
  "57014": say(
    "statement-timeout",
    "connection",
    "The server did not finish within the time allowed, so the statement was cancelled.",
  ),
  "57P03": say(
    "server-starting",
    "connection",
    "The server is starting, stopping or recovering and takes no connections yet. Try again shortly.",
  ),
  "25006": say(
    "read-only",
    "rights",
    "The server or this user only allows reading: a replica, or default_transaction_read_only. Use the primary.",
  ),
};

const NODE_CODES: Readonly<Record<string, Explained>> = {
  ENOTFOUND: say(
    "name-not-found",
    "name look-up",
    "The host name is not known to the name service. Check its spelling and this machine's DNS.",
  ),
  EAI_AGAIN: say(
    "name-not-found",
    "name look-up",
    "The name service did not answer. Check this machine's DNS, then try again.",
  ),
  ECONNREFUSED: say(
    "connection-refused",
    "connection",
    "Nothing listens on this host and port. Check the port, and that the server runs and listens on this address.",
  ),
  EHOSTUNREACH: say(
    "unreachable",
    "connection",
    "There is no route to this host. Check address and firewall.",
  ),
  ENETUNREACH: say(
    "unreachable",
    "connection",
    "There is no route to this network. Check address and firewall.",
  ),
  ETIMEDOUT: say(
    "timed-out",
    "connection",
    "The host did not answer. A firewall may drop the connection, or the address is wrong.",
  ),
  DEPTH_ZERO_SELF_SIGNED_CERT: say(
    "tls-untrusted",
    "TLS",
    "The server's certificate is self-signed and not trusted. Give it as the authority (CA).",
  ),
  SELF_SIGNED_CERT_IN_CHAIN: say(
    "tls-untrusted",
    "TLS",
    "The server's certificate comes from an authority that is not trusted. Give that authority's certificate (CA).",
  ),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: say(
    "tls-untrusted",
    "TLS",
    "The server's certificate cannot be verified: its authority is unknown. Give that authority's certificate (CA).",
  ),
  UNABLE_TO_GET_ISSUER_CERT: say(
    "tls-untrusted",
    "TLS",
    "The issuer of the server's certificate is unknown. Give the whole chain as the authority (CA).",
  ),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: say(
    "tls-untrusted",
    "TLS",
    "The issuer of the server's certificate is unknown. Give the whole chain as the authority (CA).",
  ),
  CERT_HAS_EXPIRED: say(
    "tls-expired",
    "TLS",
    "The server's certificate has expired. Renew it on the server.",
  ),
  CERT_NOT_YET_VALID: say(
    "tls-expired",
    "TLS",
    "The server's certificate is not valid yet. Check the clocks of both machines.",
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: say(
    "tls-name-mismatch",
    "TLS",
    "The server's certificate is for another name. Use a name that stands in it, or verify-ca.",
  ),
};

function say(code: string, stage: FailedStage, message: string): Explained {
  return { code, stage, message };
}

const BY_MESSAGE: readonly (readonly [RegExp, Explained])[] = [
  [
    /does not support SSL/,
    say(
      "tls-not-offered",
      "TLS",
      "The server offers no TLS. Turn ssl on there, or choose the mode disable if the network is trusted.",
    ),
  ],
  [
    /establishing an SSL connection/,
    say("not-postgres", "TLS", "The answer is not one of a Postgres server. Check host and port."),
  ],
  [
    /timeout expired/,
    say(
      "timed-out",
      "connection",
      "The server did not complete the connection in time. A firewall may drop it, or the port belongs to something else.",
    ),
  ],
  [
    /Query read timeout/,
    say(
      "statement-timeout",
      "connection",
      "The server did not answer a statement in time. The connection was given up.",
    ),
  ],
  [
    /SASL|SCRAM|password/i,
    say(
      "authentication-failed",
      "authentication",
      "The password exchange with the server failed. Check the password.",
    ),
  ],
  [
    /certificate|key values mismatch|PEM|no start line|asn1|ssl|tls/i,
    say("tls-failed", "TLS", "The TLS handshake failed. Check the certificates, the key and the mode."),
  ],
  [
    /unknown authenticationOk|Unknown message|received invalid|message code/i,
    say("not-postgres", "connection", "The answer is not one of a Postgres server. Check host and port."),
  ],
  [
    /terminated|ECONNRESET|EPIPE|socket|closed|not queryable/i,
    say(
      "connection-lost",
      "connection",
      "The connection to the server was lost. If it is lost every time, the port may belong to something that is no Postgres server.",
    ),
  ],
];

/** What went wrong, in words for the person and with the stage at which it did. Never holds a secret or a statement's values. */
export function explain(error: unknown): Explained {
  if (!isDriverError(error)) return say("server-error", "connection", "The server failed in an unknown way.");
  const code = error.code ?? "";
  const known = SQL_STATES[code] ?? NODE_CODES[code];
  if (known !== undefined) return withServerWords(known, error);
  if (isServerError(error)) {
    if (code.startsWith("08") || code.startsWith("57P")) {
      return say(
        "connection-lost",
        "connection",
        `The server ended the connection (${code}): ${error.message}.`,
      );
    }
    return say("server-error", "rights", `The server refused the statement (${code}): ${error.message}.`);
  }
  const matched = BY_MESSAGE.find(([pattern]) => pattern.test(`${code} ${error.message}`));
  return matched?.[1] ?? say("server-error", "connection", `The connection failed: ${error.message}.`);
}

function withServerWords(known: Explained, error: DriverError): Explained {
  return isServerError(error)
    ? { ...known, message: `${known.message} The server says: ${error.message}.` }
    : known;
}

function isServerError(error: DriverError): boolean {
  return error.severity !== undefined && /^[0-9A-Z]{5}$/.test(error.code ?? "");
}

/** The SQLSTATE that the server gave, or null when the error is not the server's. */
export function sqlState(error: unknown): string | null {
  const cause = error instanceof AdapterError ? error.cause : error;
  return isDriverError(cause) && isServerError(cause) ? (cause.code ?? null) : null;
}

/** An error before any commit was sent: the server rolls back, so the effect is none. */
export function uncommitted(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  const { code, message } = explain(error);
  return new AdapterError(code, "none", `${message} Nothing was changed in the store.`, { cause: error });
}

/**
 * An error on COMMIT. Only a refusal by the server for the transaction's own sake (SQLSTATE classes 23, 25, 40) says that nothing was
 * committed. Everything else, the server's shutdown while it waits for a standby included, leaves the effect unknown.
 */
export function onCommit(error: unknown): AdapterError {
  const state = sqlState(error) ?? "";
  if (/^(23|25|40)/.test(state)) return uncommitted(error);
  return new AdapterError(
    "commit-unanswered",
    "unknown",
    "The connection was lost while the change was being committed. Whether it was is not known; read the store to settle it.",
    { cause: error },
  );
}
