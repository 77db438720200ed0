import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

import { database } from "#lib/db/client.ts";
import { createChannel } from "#lib/notifications/create-channel.ts";
import { createChannelInput, NOTIFICATION_KINDS } from "#lib/notifications/schema.ts";
import { notify } from "#lib/notifications/notify.ts";
import type { NotificationEvent } from "#lib/notifications/event.ts";
import { systemContext } from "#lib/people/testing.ts";
import { createAuthority, createServerCertificate } from "#lib/stores/postgres/testing-certificates.ts";

/** An authority that nobody trusts by default, and a certificate of it for 127.0.0.1 and localhost. */
export const AUTHORITY = { ...createAuthority("notifications"), name: "notifications" };
export const CERTIFICATE = createServerCertificate(AUTHORITY, ["localhost", "127.0.0.1"]);

/** What a webhook received. */
export type Received = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A receiver of webhooks; `answer` may be changed while it runs. */
export interface HookSink {
  readonly received: Received[];
  readonly url: string;
  answer: (response: ServerResponse, received: Received) => void;
  close(): Promise<void>;
}

/** Starts a real HTTP receiver on this machine; it answers 204 until told otherwise. */
export async function startHookSink(tls = false): Promise<HookSink> {
  const received: Received[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const one = {
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      received.push(one);
      sink.answer(response, one);
    })();
  };
  const server: Server = tls
    ? createTlsServer({ cert: CERTIFICATE.cert, key: CERTIFICATE.key }, handle)
    : createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sink: HookSink = {
    received,
    url: `${tls ? "https://localhost" : "http://127.0.0.1"}:${port}/services/T00/s3cret-path`,
    answer: (response) => void response.writeHead(204).end(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
  return sink;
}

/** An e-mail that the sink took. */
export type TakenMail = { readonly from: string; readonly to: readonly string[]; readonly raw: string };

/** A real mail server on this machine. */
export interface MailSink {
  readonly taken: TakenMail[];
  readonly port: number;
  close(): Promise<void>;
}

export const MAIL_USER = "lockstep";
export const MAIL_PASSWORD = "s3cret-mail-password";

/** Starts a mail server with this user and password; `change` overrides its behaviour. */
export async function startMailSink(change: SMTPServerOptions = {}): Promise<MailSink> {
  const taken: TakenMail[] = [];
  const server = new SMTPServer({
    cert: CERTIFICATE.cert,
    key: CERTIFICATE.key,
    logger: false,
    onAuth: ({ username, password }, _session, done) => {
      if (username === MAIL_USER && password === MAIL_PASSWORD) done(null, { user: username });
      else done(Object.assign(new Error("no such user or password"), { responseCode: 535 }));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        taken.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString("utf8"),
        });
        done(null, "queued as 42");
      });
    },
    ...change,
  });
  server.on("error", () => {});
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  return {
    taken,
    port: (listening.address() as AddressInfo).port,
    close: async () =>
      new Promise((done) => {
        server.close(() => done());
      }),
  };
}

/** What a form sends for a new webhook. */
export const hookFields = (url: string, change: object = {}) =>
  createChannelInput.parse({
    kind: "webhook",
    environmentId: null,
    name: `hook ${randomUUID()}`,
    events: [...NOTIFICATION_KINDS],
    url,
    caCertificates: "",
    ...change,
  });

/** What a form sends for a new e-mail channel. */
export const mailFields = (port: number, change: object = {}) =>
  createChannelInput.parse({
    kind: "email",
    environmentId: null,
    name: `mail ${randomUUID()}`,
    events: [...NOTIFICATION_KINDS],
    smtpHost: "localhost",
    smtpPort: `${port}`,
    smtpTls: "starttls",
    smtpUser: MAIL_USER,
    password: MAIL_PASSWORD,
    mailFrom: "lockstep@example.com",
    mailTo: [],
    mailAddressed: true,
    caCertificates: AUTHORITY.cert,
    ...change,
  });

/** Adds a webhook for a sink. */
export async function addHook(url: string, change: object = {}) {
  return createChannel(systemContext, hookFields(url, change));
}

/** Adds an e-mail channel for a sink. */
export async function addMail(port: number, change: object = {}) {
  return createChannel(systemContext, mailFields(port, change));
}

/** Writes an event down as a transaction of the product would. */
export async function happen(
  migration: { readonly id: string; readonly environmentId: string },
  change: Partial<NotificationEvent> = {},
): Promise<string> {
  const key = change.key ?? `test ${randomUUID()}`;
  await database().$transaction(async (tx) => {
    await notify(tx, {
      key,
      kind: "approval-requested",
      environmentId: migration.environmentId,
      migrationId: migration.id,
      planHash: "ab".repeat(32),
      unit: "handover",
      stepId: null,
      subjectId: null,
      actor: { kind: "person", id: randomUUID(), name: "Olga", email: "olga@example.com" },
      addressed: { people: [], roles: [] },
      words: null,
      ...change,
    });
  });
  return key;
}
