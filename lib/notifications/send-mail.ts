import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";

import { AdapterError } from "#lib/errors.ts";
import type { NetworkRules, ResolveAll } from "#lib/inventory/network-rules.ts";
import {
  type Destination,
  openSocket,
  secured,
  tlsOptions,
  wordsOf,
} from "#lib/notifications/guarded-socket.ts";
import type { SmtpTlsMode } from "#lib/notifications/schema.ts";

/** How to reach a mail server and as whom. `password` null: without signing in. */
export type MailServer = {
  readonly host: string;
  readonly port: number;
  readonly tls: SmtpTlsMode;
  readonly user: string;
  readonly password: string | null;
  readonly caCertificates: string | null;
};

/** One e-mail to one address. `id` names the delivery: the message keeps its Message-ID when it is sent again. */
export type Mail = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
};

const WHOLE_MS = 30_000;

/**
 * Hands one e-mail to the mail server under the network rules and returns the server's words. The name is resolved once and only an
 * allowed address is connected to; with `starttls` nothing is said before TLS stands.
 * @throws AdapterError `address-denied`, `name-unknown`, `no-connection`, `tls`, `sign-in`, `rejected` (the server will never take it),
 * `refused`, all of effect none; `no-answer` (effect unknown) when the whole message was sent and no answer came
 */
export async function sendMail(
  server: MailServer,
  mail: Mail,
  rules: NetworkRules,
  resolveAll?: ResolveAll,
  wholeMs = WHOLE_MS,
): Promise<string> {
  const { host, port, caCertificates } = server;
  const to = { host, port, rules, resolveAll, caCertificates, signal: AbortSignal.timeout(wholeMs) };
  const message = await compose(mail);
  const plain = await openSocket(to);
  const socket = server.tls === "tls" ? await secured(plain, to) : plain;
  const connection = new SMTPConnection({
    connection: socket,
    host,
    port,
    secure: server.tls === "tls",
    secured: server.tls === "tls",
    requireTLS: server.tls === "starttls",
    ignoreTLS: server.tls === "none",
    tls: tlsOptions(to),
    connectionTimeout: wholeMs,
    greetingTimeout: wholeMs,
    socketTimeout: wholeMs,
    socketCloseTimeout: 0,
  });
  try {
    return await converse(connection, server, mail, message, to);
  } finally {
    connection.close();
    socket.destroy();
    plain.destroy();
  }
}

async function converse(
  connection: SMTPConnection,
  server: MailServer,
  mail: Mail,
  message: Buffer,
  to: Destination,
): Promise<string> {
  const broken = new Promise<never>((_resolve, reject) => {
    connection.on("error", reject);
    const stop = () => reject(new AdapterError("ETIMEDOUT", "unknown", "no answer in time"));
    to.signal.addEventListener("abort", stop, { once: true });
  });
  broken.catch(() => {});
  const step = async <T>(stage: Stage, start: (done: (error?: Error | null, value?: T) => void) => void) => {
    const ended = new Promise<T | undefined>((resolve, reject) => {
      start((error, value) => (error ? reject(error) : resolve(value)));
    });
    return Promise.race([ended, broken]).catch((cause: unknown) => {
      throw problemOf(stage, server, cause);
    });
  };
  await step("greeting", (done) => connection.connect(done));
  const { user, password } = server;
  if (user !== "")
    await step("sign-in", (done) => connection.login({ credentials: { user, pass: password ?? "" } }, done));
  const envelope = { from: mail.from, to: [mail.to], size: message.length };
  const sent = await step<{ response?: string }>("sending", (done) =>
    connection.send(envelope, message, done),
  );
  return `${server.host} took it: ${shown(sent?.response ?? "")}.`;
}

async function compose(mail: Mail): Promise<Buffer> {
  const domain = mail.from.slice(mail.from.lastIndexOf("@") + 1);
  const composer = new MailComposer({
    from: { name: "Lockstep", address: mail.from },
    to: mail.to,
    subject: mail.subject,
    text: mail.text,
    messageId: `<${mail.id}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Lockstep-Delivery": mail.id },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** What Node calls failed handshakes and certificates; nodemailer keeps it beside its own code. */
const TLS_CODE = /^(ERR_(TLS|SSL)_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|EPROTO$)/;

type Stage = "greeting" | "sign-in" | "sending";

function problemOf(stage: Stage, server: MailServer, cause: unknown): AdapterError {
  const where = `${server.host}:${server.port}`;
  const { code, originalCode, command, response, responseCode } = factsOf(cause);
  const answer = response === null ? null : shown(response);
  if (code === "ETLS" || command === "STARTTLS" || TLS_CODE.test(originalCode ?? ""))
    return new AdapterError("tls", "none", `TLS with ${where} failed: ${answer ?? wordsOf(cause)}.`, {
      cause,
    });
  if (stage === "greeting")
    return new AdapterError(
      "refused",
      "none",
      `${where} does not greet as a mail server does: ${answer ?? wordsOf(cause)}.`,
      { cause },
    );
  if (stage === "sign-in")
    return new AdapterError(
      "sign-in",
      "none",
      `${where} did not let ${server.user} sign in: ${answer ?? wordsOf(cause)}.`,
      { cause },
    );
  if (answer === null)
    return new AdapterError(
      "no-answer",
      "unknown",
      `The message was being handed to ${where} when the connection was lost (${wordsOf(cause)}). It may have arrived.`,
      { cause },
    );
  const isForGood = responseCode !== null && responseCode >= 500;
  const what =
    command === "MAIL FROM" ? "the sender" : command === "RCPT TO" ? "the recipient" : "the message";
  return new AdapterError(
    isForGood ? "rejected" : "refused",
    "none",
    `${where} refused ${what}: ${answer}.`,
    {
      cause,
    },
  );
}

function factsOf(cause: unknown) {
  const text = (key: string) => {
    const value: unknown = cause instanceof Error ? Reflect.get(cause, key) : null;
    return typeof value === "string" && value !== "" ? value : null;
  };
  const status: unknown = cause instanceof Error ? Reflect.get(cause, "responseCode") : null;
  return {
    code: text("code"),
    originalCode: text("originalCode"),
    command: text("command"),
    response: text("response"),
    responseCode: typeof status === "number" ? status : null,
  };
}

const ANSWER_SHOWN = 300;

function shown(answer: string): string {
  return answer
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, ANSWER_SHOWN)
    .replace(/\.$/, "");
}
