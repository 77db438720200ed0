import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

import { AdapterError } from "#lib/errors.ts";
import { allowedAddresses, type NetworkRules, type ResolveAll } from "#lib/inventory/network-rules.ts";

/** Where a message goes, and under which rules. `signal` ends everything when the time for the whole try is over. */
export type Destination = {
  readonly host: string;
  readonly port: number;
  readonly rules: NetworkRules;
  readonly resolveAll?: ResolveAll | undefined;
  /** PEM; null: the authorities that this machine trusts. */
  readonly caCertificates: string | null;
  readonly signal: AbortSignal;
};

const CONNECT_MS = 5_000;

/**
 * A connection to an address that the network rules allow: the name is resolved once, and only what came of it is connected to, one
 * address after the other. Nothing was sent when it fails.
 * @throws AdapterError `address-denied`, `name-unknown`, `no-connection`; effect none
 */
export async function openSocket(to: Destination): Promise<Socket> {
  const addresses = await resolve(to);
  let last: unknown;
  for (const { address } of addresses) {
    try {
      return await connectOnce(to, address);
    } catch (cause) {
      last = cause;
    }
  }
  const why = to.signal.aborted ? "in time" : wordsOf(last);
  throw new AdapterError("no-connection", "none", `${to.host}:${to.port} could not be reached: ${why}.`, {
    cause: last,
  });
}

/** TLS over an open connection, for the name in the settings. @throws AdapterError `tls`, effect none */
export async function secured(socket: Socket, to: Destination): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const tls = connectTls({ socket, ...tlsOptions(to) });
    const fail = (cause: Error) => {
      tls.destroy();
      socket.destroy();
      reject(tlsProblem(to, cause));
    };
    const stop = () => fail(tooSlow());
    to.signal.addEventListener("abort", stop, { once: true });
    tls.once("error", fail);
    tls.once("secureConnect", () => {
      to.signal.removeEventListener("abort", stop);
      tls.off("error", fail);
      tls.on("error", ignore);
      resolve(tls);
    });
  });
}

/** Whom TLS trusts and which name it asks for. */
export function tlsOptions(to: Pick<Destination, "host" | "caCertificates">) {
  const name = bareHost(to.host);
  return {
    minVersion: "TLSv1.2" as const,
    ...(isIP(name) === 0 ? { servername: name } : { host: name }),
    ...(to.caCertificates === null ? {} : { ca: to.caCertificates }),
  };
}

/** A failed handshake in words. */
export function tlsProblem(to: Pick<Destination, "host" | "port">, cause: unknown): AdapterError {
  return new AdapterError("tls", "none", `TLS with ${to.host}:${to.port} failed: ${wordsOf(cause)}.`, {
    cause,
  });
}

/** A host without the brackets of an IPv6 address. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** What a foreign error says, in one line without the addresses that Node repeats. */
export function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "for an unknown reason";
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : null;
  const known = code === null ? undefined : NETWORK_WORDS[code];
  if (known !== undefined) return `${known} (${code})`;
  const text = cause.message.replaceAll(/\s+/g, " ").trim().replace(/\.$/, "");
  return code === null || text.includes(code) ? text : `${text} (${code})`;
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it closed the connection",
  EPIPE: "it closed the connection",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ENOTFOUND: "the name is not known",
  EAI_AGAIN: "the name service does not answer",
};

async function resolve(to: Destination) {
  try {
    return await allowedAddresses(to.rules, to.host, to.resolveAll);
  } catch (cause) {
    if (cause instanceof AdapterError) throw cause;
    throw new AdapterError("name-unknown", "none", `${to.host} cannot be resolved: ${wordsOf(cause)}.`, {
      cause,
    });
  }
}

async function connectOnce(to: Destination, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.any([to.signal, AbortSignal.timeout(CONNECT_MS)]);
    const socket = connect({ host: address, port: to.port });
    const fail = (cause: Error) => {
      socket.destroy();
      reject(cause);
    };
    const stop = () => fail(tooSlow());
    signal.addEventListener("abort", stop, { once: true });
    socket.once("error", fail);
    socket.once("connect", () => {
      signal.removeEventListener("abort", stop);
      socket.off("error", fail);
      socket.on("error", ignore);
      resolve(socket);
    });
  });
}

/** A socket may fail once more while it is put away; whoever uses it has heard of the failure that matters. */
function ignore(): void {}

function tooSlow(): AdapterError {
  return new AdapterError("ETIMEDOUT", "none", "no answer in time");
}
