import { errors, types } from "cassandra-driver";

import { AdapterError } from "#lib/errors.ts";
import type { CONNECTION_STAGES } from "#lib/stores/schema.ts";

/** The stage of a connection test at which a failure belongs. */
export type FailedStage = (typeof CONNECTION_STAGES)[number];

type Explained = { readonly code: string; readonly stage: FailedStage; readonly message: string };

function say(code: string, stage: FailedStage, message: string): Explained {
  return { code, stage, message };
}

const { responseErrorCodes } = types;

/** What the server answers instead of a result, by the code of its protocol. Source: native protocol v3 to v5, section 9 */
const SERVER_CODES: ReadonlyMap<number, Explained> = new Map([
  [
    responseErrorCodes.badCredentials,
    say(
      "authentication-failed",
      "authentication",
      "The server refused the user or the password. Check both.",
    ),
  ],
  [
    responseErrorCodes.unauthorized,
    say(
      "permission-denied",
      "rights",
      "Our user lacks a right that this needs. Grant it, or use the service's own user.",
    ),
  ],
  [
    responseErrorCodes.unavailableException,
    say(
      "nodes-down",
      "server role",
      "Too few of the nodes that hold the bound are up for this consistency level. See which nodes are down.",
    ),
  ],
  [
    responseErrorCodes.overloaded,
    say("overloaded", "connection", "The node is overloaded and refused the request. Try again later."),
  ],
  [
    responseErrorCodes.isBootstrapping,
    say("starting", "connection", "The node is still joining the cluster. Try again shortly."),
  ],
  [
    responseErrorCodes.readTimeout,
    say(
      "read-timeout",
      "server role",
      "Too few of the nodes that hold the bound answered in time. See which nodes are down or slow.",
    ),
  ],
  [
    responseErrorCodes.readFailure,
    say(
      "read-failure",
      "server role",
      "A node that holds the bound failed while it was being read. See its log.",
    ),
  ],
  [
    responseErrorCodes.writeTimeout,
    say(
      "write-timeout",
      "server role",
      "Too few of the nodes that hold the bound confirmed the change in time.",
    ),
  ],
  [
    responseErrorCodes.writeFailure,
    say(
      "write-failure",
      "server role",
      "A node that holds the bound failed while the change was being made.",
    ),
  ],
  [
    responseErrorCodes.protocolError,
    say(
      "not-cassandra",
      "connection",
      "The server speaks no version of the CQL protocol that we do. Check that the port is the CQL port, not the Thrift one.",
    ),
  ],
]);

const NODE_CODES: Readonly<Record<string, Explained>> = {
  ENOTFOUND: say(
    "name-unknown",
    "name look-up",
    "The host name is not known. Check its spelling and the name server.",
  ),
  EAI_AGAIN: say(
    "name-unknown",
    "name look-up",
    "The name server does not answer. Try again, or use the address.",
  ),
  ECONNREFUSED: say(
    "connection-refused",
    "connection",
    "Nothing listens at this address and port. Check both, and that the node's CQL service (start_native_transport) runs.",
  ),
  ECONNRESET: say(
    "connection-lost",
    "connection",
    "The connection was closed by the other side. If that happens every time, the port may belong to something else, or TLS is on at one side only.",
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
    "The node's certificate is self-signed and not trusted. Give it as the authority (CA).",
  ),
  SELF_SIGNED_CERT_IN_CHAIN: say(
    "tls-untrusted",
    "TLS",
    "The node's certificate comes from an authority that is not trusted. Give that authority's certificate (CA).",
  ),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: say(
    "tls-untrusted",
    "TLS",
    "The node's certificate cannot be verified: its authority is unknown. Give that authority's certificate (CA).",
  ),
  UNABLE_TO_GET_ISSUER_CERT: say(
    "tls-untrusted",
    "TLS",
    "The issuer of the node's certificate is unknown. Give the whole chain as the authority (CA).",
  ),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: say(
    "tls-untrusted",
    "TLS",
    "The issuer of the node's certificate is unknown. Give the whole chain as the authority (CA).",
  ),
  CERT_HAS_EXPIRED: say("tls-expired", "TLS", "The node's certificate has expired. Renew it on the node."),
  CERT_NOT_YET_VALID: say(
    "tls-expired",
    "TLS",
    "The node's certificate is not valid yet. Check the clocks of both machines.",
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: say(
    "tls-name-mismatch",
    "TLS",
    "The node's certificate is for another name. Use a name that stands in it, or give that name as server name.",
  ),
  ERR_SSL_WRONG_VERSION_NUMBER: say(
    "tls-not-offered",
    "TLS",
    "The port offers no TLS. Turn on client_encryption_options on the node, or turn TLS off here if the network is trusted.",
  ),
};

const NO_USER = say(
  "authentication-failed",
  "authentication",
  "The server wants a user and a password, and none is given.",
);

const BY_MESSAGE: readonly (readonly [RegExp, Explained])[] = [
  [
    /wrong version number|packet length too long/i,
    say(
      "tls-not-offered",
      "TLS",
      "The port offers no TLS. Turn on client_encryption_options on the node, or turn TLS off here if the network is trusted.",
    ),
  ],
  [
    /certificate required|bad certificate|handshake failure|unknown ca/i,
    say(
      "tls-client-refused",
      "TLS",
      "The node refused our client certificate, or wants one. Give certificate and key.",
    ),
  ],
  [
    /certificate|key values mismatch|PEM|no start line|asn1|\bssl\b|\btls\b|socket disconnected before secure/i,
    say("tls-failed", "TLS", "The TLS handshake failed. Check the certificates, the key and the mode."),
  ],
  [/requires authentication|Authentication provider not set|credentials/i, NO_USER],
  [
    /Connection timeout/i,
    say(
      "timed-out",
      "connection",
      "The node did not complete the connection in time. A firewall may drop it, or the address is wrong.",
    ),
  ],
  [
    /Invalid or unsupported protocol|unable to STARTUP|protocol version/i,
    say(
      "not-cassandra",
      "connection",
      "The server speaks no version of the CQL protocol that we do. Check that the port is the CQL port, not the Thrift one.",
    ),
  ],
  [
    // The driver says the last where a pool lost its only connection just before it was asked for it.
    /closed|ECONNRESET|EPIPE|socket|reset|No connection available/i,
    say(
      "connection-lost",
      "connection",
      "The connection to the node was lost. If it is lost every time, TLS may be on at one side only.",
    ),
  ],
];

/** The error below `NoHostAvailableError`, which only counts the nodes that were tried. */
export function innermost(error: unknown): unknown {
  if (!(error instanceof errors.NoHostAvailableError)) return error;
  const [first] = Object.values<unknown>(error.innerErrors ?? {});
  return first ?? error;
}

function codeOf(error: object): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** What went wrong, in words for the person and with the stage at which it did. Never holds a secret or a statement's values. */
export function explain(outer: unknown): Explained {
  const error = innermost(outer);
  if (!(error instanceof Error))
    return say("server-error", "connection", "The server failed in an unknown way.");
  if (error instanceof errors.AuthenticationError) {
    if (/provider not set|no authenticat/i.test(error.message)) return NO_USER;
    const said = /authent|credential|password|username/i.test(error.message)
      ? ""
      : ` It says: ${error.message}.`;
    return say(
      "authentication-failed",
      "authentication",
      `The server refused the user or the password. Check both.${said}`,
    );
  }
  if (error instanceof errors.OperationTimedOutError) {
    return say(
      "no-answer",
      "connection",
      "The node took the connection but did not answer a request in time. It may be frozen or overloaded, or the port is not the CQL port.",
    );
  }
  if (error instanceof errors.ResponseError) return explainResponse(error);
  const known = NODE_CODES[codeOf(error)];
  if (known !== undefined) return known;
  const matched = BY_MESSAGE.find(([pattern]) => pattern.test(`${codeOf(error)} ${error.message}`));
  return matched?.[1] ?? say("server-error", "connection", `The connection failed: ${error.message}.`);
}

function explainResponse(error: errors.ResponseError): Explained {
  const known = SERVER_CODES.get(error.code);
  const words = error.message.slice(0, 500);
  if (known !== undefined) return { ...known, message: `${known.message} The server says: ${words}.` };
  return say("server-error", "server role", `The server refused the request: ${words}.`);
}

/** An error where nothing that changes anything had been sent: the effect is none. */
export function uncommitted(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  const { code, message } = explain(error);
  return new AdapterError(code, "none", `${message} Nothing was changed in the store.`, { cause: error });
}

/** The answers after which the server has certainly not begun to change anything: it refused to understand or to allow it. */
const REFUSED_BEFOREHAND: ReadonlySet<number> = new Set([
  responseErrorCodes.syntaxError,
  responseErrorCodes.unauthorized,
  responseErrorCodes.invalid,
  responseErrorCodes.badCredentials,
]);

/**
 * An error on a conditional write that was handed to the driver. Only a refusal before its execution says that nothing was done; a
 * time-out, an unavailable or overloaded node, a server error and a lost connection all leave it open, because an earlier round of the
 * same write may have been accepted. Source: atlasdb-facts C, H20
 */
export function onConditional(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  const inner = innermost(error);
  if (inner instanceof errors.ResponseError && REFUSED_BEFOREHAND.has(inner.code)) return uncommitted(inner);
  const { message } = explain(error);
  return new AdapterError(
    "commit-unanswered",
    "unknown",
    `${message} Whether the change was made is not known; read the store to settle it.`,
    { cause: error },
  );
}
