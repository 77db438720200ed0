import { type IncomingMessage, request } from "node:http";

import { AdapterError } from "#lib/errors.ts";
import type { NetworkRules, ResolveAll } from "#lib/inventory/network-rules.ts";
import { openSocket, secured, wordsOf } from "#lib/notifications/guarded-socket.ts";

/** A message for a webhook: JSON and the headers that go with it. */
export type Post = {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly caCertificates: string | null;
};

const WHOLE_MS = 15_000;
const ANSWER_BYTES_MAX = 2_048;
const ANSWER_SHOWN = 300;

/**
 * Sends a POST under the network rules and returns the words for its success. Follows no redirect, reads at most 2 KiB of the answer,
 * and takes 15 s at most; every answer but 2xx is a failure. Neither path nor query of the address stand in any message.
 * @throws AdapterError `address-denied`, `name-unknown`, `no-connection`, `tls`, `gone`, `refused` (effect none); `no-answer` (effect
 * unknown) when everything was sent and no answer came
 */
export async function post(
  message: Post,
  rules: NetworkRules,
  resolveAll?: ResolveAll,
  wholeMs = WHOLE_MS,
): Promise<string> {
  const url = new URL(message.url);
  const isTls = url.protocol === "https:";
  const to = {
    host: url.hostname,
    port: url.port === "" ? (isTls ? 443 : 80) : +url.port,
    rules,
    resolveAll,
    caCertificates: message.caCertificates,
    signal: AbortSignal.timeout(wholeMs),
  };
  const plain = await openSocket(to);
  const socket = isTls ? await secured(plain, to) : plain;
  try {
    const answer = await exchange(url, message, socket, to.signal);
    return judged(url, answer);
  } finally {
    socket.destroy();
    plain.destroy();
  }
}

type Answer = { readonly status: number; readonly words: string; readonly text: string };

async function exchange(
  url: URL,
  message: Post,
  socket: NonNullable<ReturnType<typeof request>["socket"]>,
  signal: AbortSignal,
): Promise<Answer> {
  const bytes = Buffer.from(message.body, "utf8");
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        method: "POST",
        path: `${url.pathname}${url.search}`,
        headers: {
          host: url.host,
          "content-type": "application/json; charset=utf-8",
          "content-length": `${bytes.length}`,
          "user-agent": "Lockstep",
          connection: "close",
          ...message.headers,
        },
        createConnection: () => socket,
        signal,
      },
      (incoming) => void readAnswer(incoming).then(resolve),
    );
    outgoing.once("error", (cause) => reject(noAnswer(url, cause, signal)));
    outgoing.end(bytes);
  });
}

/** The status and the beginning of the body; a body that breaks off or goes on for ever does not matter. */
async function readAnswer(incoming: IncomingMessage): Promise<Answer> {
  let text = "";
  try {
    for await (const chunk of incoming.setEncoding("utf8")) {
      text += String(chunk);
      if (text.length > ANSWER_BYTES_MAX) break;
    }
  } catch {
    text = `${text} …`;
  }
  return { status: incoming.statusCode ?? 0, words: incoming.statusMessage ?? "", text };
}

function judged(url: URL, { status, words, text }: Answer): string {
  const said = `${status}${words === "" ? "" : ` ${words}`}`;
  if (status >= 200 && status < 300) return `${url.host} answered ${said}.`;
  if (status >= 300 && status < 400)
    throw new AdapterError(
      "refused",
      "none",
      `${url.host} answered ${said} and points elsewhere. Lockstep follows no redirect: enter the final address.`,
    );
  const shown = withoutAddress(url, text)
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, ANSWER_SHOWN);
  throw new AdapterError(
    status === 410 ? "gone" : "refused",
    "none",
    `${url.host} answered ${said}${shown === "" ? "" : `: ${shown}`}.`,
  );
}

/** An answer may repeat the address that it was sent to, which is a secret. */
function withoutAddress(url: URL, text: string): string {
  const secrets = [url.href, `${url.pathname}${url.search}`, url.pathname, ...url.pathname.split("/")];
  return secrets
    .filter((secret) => secret.length > 7)
    .reduce((kept, secret) => kept.replaceAll(secret, "[hidden]"), text);
}

function noAnswer(url: URL, cause: unknown, signal: AbortSignal): AdapterError {
  const why = signal.aborted ? "no answer came in time" : wordsOf(cause);
  return new AdapterError(
    "no-answer",
    "unknown",
    `The message was sent to ${url.host}, and ${why}. It may have arrived.`,
    { cause },
  );
}
