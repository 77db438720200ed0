import type { X509Certificate } from "node:crypto";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

import { buildConnector, Client } from "undici";

import { AdapterError } from "#lib/errors.ts";
import type { TimelockConfig } from "#lib/timelock/schema.ts";
import type { CertificateSeen } from "#lib/timelock/timelock.ts";
import { connectFailure, exchangeFailure } from "#lib/timelock/transport-failure.ts";

const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Names the protocol version that makes followers answer 308 with the leader's address, on legacy paths too. Source: atlasdb-facts A.4 */
export const USER_AGENT = "lockstep/1.0.0 atlasdb-http-client/2.0";

/** One HTTP request to one node; `path` begins after the base path, which is the cluster's unless `basePath` says another. */
export type WireRequest = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  readonly basePath?: string;
};

/** What one node answered, whatever its status. `location` is the header as sent. */
export type WireAnswer = {
  readonly address: string;
  readonly status: number;
  readonly location: string | null;
  readonly contentType: string;
  readonly body: string;
  readonly certificate: CertificateSeen | null;
  readonly takenAt: Date;
  readonly elapsedMs: number;
};

/** Sends requests to the nodes of one cluster: one connection a request, so that nothing is ever sent on a stale one. */
export type Exchange = {
  /** @throws AdapterError when no whole answer came back; the codes are those of the connection, `time-out` and `reset` */
  send(address: string, request: WireRequest): Promise<WireAnswer>;
  /** Fails what is under way and refuses what comes. */
  close(): Promise<void>;
};

/** Makes the exchange of a cluster. `lookup` resolves names, sees literal addresses too, and may refuse either with an `AdapterError`. */
export function createExchange(
  config: TimelockConfig,
  lookup: LookupFunction | undefined,
  now: () => Date,
): Exchange {
  const open = new Set<AbortController>();
  let closed = false;

  async function send(address: string, request: WireRequest): Promise<WireAnswer> {
    if (closed)
      throw new AdapterError("closed", "none", "Nothing was sent: this connection to TimeLock was closed.");
    const abort = new AbortController();
    const deadlineMs = config.timeouts.connectMs + config.timeouts.answerMs;
    const deadline = setTimeout(() => abort.abort(), deadlineMs);
    const started = performance.now();
    const seen: { certificate: CertificateSeen | null; socketError: unknown } = {
      certificate: null,
      socketError: null,
    };
    const client = newClient(address, config, lookup, (socket) => {
      seen.certificate = peerCertificate(socket);
      socket.once("error", (error) => (seen.socketError = error));
    });
    open.add(abort);
    try {
      const answer = await client.request({
        path: `${request.basePath ?? config.basePath}${request.path}`,
        method: request.method,
        headers: requestHeaders(config, request),
        body: request.method === "POST" ? (request.body ?? "") : null,
        signal: abort.signal,
      });
      const body = await answer.body.text();
      return {
        address,
        status: answer.statusCode,
        location: oneHeader(answer.headers["location"]),
        contentType: oneHeader(answer.headers["content-type"]) ?? "",
        body,
        certificate: seen.certificate,
        takenAt: now(),
        elapsedMs: Math.round(performance.now() - started),
      };
    } catch (error) {
      if (closed) throw closedMeanwhile(address, error);
      throw exchangeFailure(
        { error, socketError: seen.socketError },
        address,
        Math.round(performance.now() - started),
      );
    } finally {
      clearTimeout(deadline);
      open.delete(abort);
      await client.destroy();
    }
  }

  async function close(): Promise<void> {
    closed = true;
    for (const abort of open) abort.abort();
    await Promise.resolve();
  }

  return { send, close };
}

function closedMeanwhile(address: string, cause: unknown): AdapterError {
  const words = `This client was closed while it waited for ${address}; the request may have been carried out.`;
  return new AdapterError("closed", "unknown", words, { cause });
}

function requestHeaders(config: TimelockConfig, request: WireRequest): Record<string, string> {
  return {
    "user-agent": USER_AGENT,
    accept: "application/json, text/plain",
    authorization: `Bearer ${config.token}`,
    ...(request.body === undefined ? {} : { "content-type": "application/json" }),
  };
}

function newClient(
  address: string,
  config: TimelockConfig,
  lookup: LookupFunction | undefined,
  onConnect: (socket: Socket) => void,
): Client {
  const { ca, cert, key, serverName } = config.tls;
  const connect = buildConnector({
    timeout: config.timeouts.connectMs,
    allowH2: false,
    maxCachedSessions: 0,
    ...(lookup === undefined ? {} : { lookup }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
  const guarded: buildConnector.connector = (options, callback) => {
    const proceed = (): void => {
      connect(options, (...[error, socket]) => {
        if (error !== null) return callback(connectFailure(error), null);
        onConnect(socket);
        callback(null, socket);
      });
    };
    const literal = options.hostname.replace(/^\[|\]$/g, "");
    if (lookup === undefined || isIP(literal) === 0) return proceed();
    lookup(literal, { all: true }, (error) =>
      error === null ? proceed() : callback(connectFailure(error), null),
    );
  };
  return new Client(address, {
    connect: guarded,
    allowH2: false,
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: BODY_BYTES_MAX,
  });
}

function oneHeader(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function peerCertificate(socket: Socket): CertificateSeen | null {
  if (!(socket instanceof TLSSocket)) return null;
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? null : describeCertificate(certificate);
}

/** The names and the validity of a certificate. */
export function describeCertificate(certificate: X509Certificate): CertificateSeen {
  return {
    subject: certificate.subject.replaceAll("\n", ", "),
    issuer: certificate.issuer.replaceAll("\n", ", "),
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
    fingerprint256: certificate.fingerprint256,
  };
}
