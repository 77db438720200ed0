import { createServer, type Server } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

import { readNetworkRules } from "#lib/inventory/network-rules.ts";
import { post } from "#lib/notifications/post.ts";
import { type MailServer, sendMail } from "#lib/notifications/send-mail.ts";
import {
  AUTHORITY,
  MAIL_PASSWORD,
  MAIL_USER,
  startHookSink,
  startMailSink,
} from "#lib/notifications/testing.ts";

const OPEN = readNetworkRules("");
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(async (close) => close()));
});

async function hookSink(tls = false) {
  const sink = await startHookSink(tls);
  closing.push(async () => sink.close());
  return sink;
}

async function mailSink(change: Parameters<typeof startMailSink>[0] = {}) {
  const sink = await startMailSink(change);
  closing.push(async () => sink.close());
  return sink;
}

const message = (url: string, caCertificates: string | null = null) => ({
  url,
  body: '{"text":"Grüße"}',
  headers: { "Lockstep-Delivery": "7" },
  caCertificates,
});

describe("a webhook", () => {
  it("gets body and headers, and the answer comes back as words", async () => {
    const sink = await hookSink();
    await expect(post(message(sink.url), OPEN)).resolves.toMatch(
      /^127\.0\.0\.1:\d+ answered 204 No Content\.$/,
    );
    expect(sink.received).toHaveLength(1);
    expect(sink.received[0]).toMatchObject({ path: "/services/T00/s3cret-path", body: '{"text":"Grüße"}' });
    expect(sink.received[0]?.headers).toMatchObject({
      "lockstep-delivery": "7",
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Lockstep",
    });
  });

  it("is trusted by the given authority and by nobody else", async () => {
    const sink = await hookSink(true);
    await expect(post(message(sink.url, AUTHORITY.cert), OPEN)).resolves.toContain("204");
    await expect(post(message(sink.url), OPEN)).rejects.toMatchObject({ code: "tls", effect: "none" });
    const wrongName = sink.url.replace("localhost", "wrong.example");
    const here = async () => [{ address: "127.0.0.1", family: 4 }];
    await expect(post(message(wrongName, AUTHORITY.cert), OPEN, here)).rejects.toMatchObject({ code: "tls" });
    expect(sink.received).toHaveLength(1);
  });

  it.each([
    [500, "refused"],
    [404, "refused"],
    [410, "gone"],
  ])(
    "that answers %d fails with the beginning of its words and without its own address",
    async (status, code) => {
      const sink = await hookSink();
      sink.answer = (response, { path }) => {
        response.writeHead(status).end(`no such hook ${path} ${"x".repeat(5_000)}`);
      };
      const failure = await post(message(sink.url), OPEN).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code, effect: "none" });
      expect(String(failure)).toContain(`answered ${status}`);
      expect(String(failure)).toContain("no such hook [hidden]");
      expect(String(failure)).not.toContain("s3cret-path");
      expect(String(failure).length).toBeLessThan(500);
    },
  );

  it("is not followed elsewhere", async () => {
    const [sink, other] = [await hookSink(), await hookSink()];
    sink.answer = (response) => void response.writeHead(307, { location: other.url }).end();
    await expect(post(message(sink.url), OPEN)).rejects.toThrow("follows no redirect");
    expect(other.received).toEqual([]);
  });

  it("that never answers, or hangs up, may have got it", async () => {
    const sink = await hookSink();
    sink.answer = () => {};
    await expect(post(message(sink.url), OPEN, undefined, 400)).rejects.toMatchObject({
      code: "no-answer",
      effect: "unknown",
    });
    sink.answer = (response) => response.socket?.destroy();
    await expect(post(message(sink.url), OPEN)).rejects.toMatchObject({ effect: "unknown" });
    expect(sink.received).toHaveLength(2);
  });

  it("that answers without end is cut off after its status", async () => {
    const sink = await hookSink();
    let written = 0;
    sink.answer = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => {
        written += 1_000;
        response.write("x".repeat(1_000));
      }, 5);
      response.on("close", () => clearInterval(timer));
    };
    await expect(post(message(sink.url), OPEN)).resolves.toContain("200");
    expect(written).toBeLessThan(100_000);
  });

  it("that nobody listens at got nothing", async () => {
    const sink = await hookSink();
    await sink.close();
    closing.pop();
    await expect(post(message(sink.url), OPEN)).rejects.toMatchObject({
      code: "no-connection",
      effect: "none",
      message: expect.stringContaining("nothing listens there (ECONNREFUSED)") as string,
    });
  });
});

describe("the network rules", () => {
  it.each([
    "http://169.254.169.254/latest/meta-data",
    "https://[fe80::1]/x",
    "https://[::ffff:169.254.169.254]/x",
    "https://100.100.100.200/x",
    "https://0.0.0.0/x",
  ])("keep a webhook from %s", async (url) => {
    await expect(post(message(url), OPEN)).rejects.toMatchObject({ code: "address-denied", effect: "none" });
  });

  it("keep a webhook and a mail server from a name that leads there, and outside the allow-list", async () => {
    const metadata = async () => [{ address: "169.254.169.254", family: 4 }];
    await expect(post(message("https://innocent.example/x"), OPEN, metadata)).rejects.toMatchObject({
      code: "address-denied",
    });
    const server = mailServer(25, { host: "mail.innocent.example" });
    await expect(sendMail(server, MAIL, OPEN, metadata)).rejects.toMatchObject({ code: "address-denied" });
    const sink = await hookSink();
    await expect(post(message(sink.url), readNetworkRules("10.0.0.0/8"))).rejects.toMatchObject({
      code: "address-denied",
    });
    expect(sink.received).toEqual([]);
  });

  it("resolve a name once and connect to that very address", async () => {
    const sink = await hookSink();
    const answers = ["127.0.0.1", "169.254.169.254"];
    const rebinding = async () => [{ address: answers.shift() ?? "169.254.169.254", family: 4 }];
    const url = sink.url.replace("127.0.0.1", "rebinding.example");
    await expect(post(message(url), OPEN, rebinding)).resolves.toContain("204");
    expect(answers).toEqual(["169.254.169.254"]);
    expect(sink.received[0]?.headers.host).toContain("rebinding.example");
  });

  it("go on to the next address when one cannot be reached", async () => {
    const sink = await hookSink();
    const both = async () => [
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ];
    const url = sink.url.replace("127.0.0.1", "two.example");
    await expect(post(message(url), OPEN, both)).resolves.toContain("204");
  });
});

const MAIL = {
  id: "5b8c0f3e-0000-4000-8000-000000000001",
  from: "lockstep@example.com",
  to: "olga@example.com",
  subject: "Grüße aus der Migration",
  text: "Zeile eins\nZeile zwei",
};

function mailServer(port: number, change: Partial<MailServer> = {}): MailServer {
  return {
    host: "localhost",
    port,
    tls: "starttls",
    user: MAIL_USER,
    password: MAIL_PASSWORD,
    caCertificates: AUTHORITY.cert,
    ...change,
  };
}

describe("a mail server", () => {
  it("takes a mail after STARTTLS and sign-in, with a Message-ID that stays", async () => {
    const sink = await mailSink();
    await expect(sendMail(mailServer(sink.port), MAIL, OPEN)).resolves.toContain("queued as 42");
    await sendMail(mailServer(sink.port), MAIL, OPEN);
    expect(sink.taken).toHaveLength(2);
    for (const { from, to, raw } of sink.taken) {
      expect({ from, to }).toEqual({ from: MAIL.from, to: [MAIL.to] });
      expect(raw).toContain(`Message-ID: <${MAIL.id}@example.com>`);
      expect(raw).toContain("Auto-Submitted: auto-generated");
      expect(raw).toContain("Zeile eins");
    }
  });

  it("takes a mail over TLS from the first byte", async () => {
    const sink = await mailSink({ secure: true });
    await expect(sendMail(mailServer(sink.port, { tls: "tls" }), MAIL, OPEN)).resolves.toContain("queued");
  });

  it("takes a mail without TLS and without sign-in where that is asked for", async () => {
    const sink = await mailSink({ authOptional: true, disabledCommands: ["STARTTLS", "AUTH"] });
    const server = mailServer(sink.port, { tls: "none", user: "", password: null });
    await expect(sendMail(server, MAIL, OPEN)).resolves.toContain("queued");
  });

  it("is told nothing when it does not offer STARTTLS or shows a foreign certificate", async () => {
    let asked = 0;
    const onAuth = (_auth: unknown, _session: unknown, done: (error: Error) => void) => {
      asked += 1;
      done(new Error("never"));
    };
    const plain = await mailSink({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true, onAuth });
    await expect(sendMail(mailServer(plain.port), MAIL, OPEN)).rejects.toMatchObject({
      code: "tls",
      effect: "none",
    });
    const foreign = await mailSink({ onAuth });
    const untrusting = mailServer(foreign.port, { caCertificates: null });
    await expect(sendMail(untrusting, MAIL, OPEN)).rejects.toMatchObject({ code: "tls", effect: "none" });
    const implicit = await mailSink({ secure: true, onAuth });
    const first = mailServer(implicit.port, { tls: "tls", caCertificates: null });
    await expect(sendMail(first, MAIL, OPEN)).rejects.toMatchObject({ code: "tls" });
    expect(asked).toBe(0);
  });

  it("says who it did not let in, without the password", async () => {
    const sink = await mailSink();
    const failure = await sendMail(mailServer(sink.port, { password: "wr0ng-s3cret" }), MAIL, OPEN).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "sign-in", effect: "none" });
    expect(String(failure)).toContain("did not let lockstep sign in: 535");
    expect(String(failure)).not.toContain("wr0ng");
  });

  it.each([
    [550, "rejected"],
    [451, "refused"],
  ])("that answers %d to the recipient refuses it for good or for now", async (responseCode, code) => {
    const sink = await mailSink({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error("no mailbox here"), { responseCode })),
    });
    await expect(sendMail(mailServer(sink.port), MAIL, OPEN)).rejects.toMatchObject({
      code,
      effect: "none",
      message: expect.stringContaining(`refused the recipient: ${responseCode} no mailbox here`) as string,
    });
  });

  it("that falls silent after the message may have got it", async () => {
    const sink = await mailSink({ onData: (stream) => void stream.resume() });
    await expect(sendMail(mailServer(sink.port), MAIL, OPEN, undefined, 1_500)).rejects.toMatchObject({
      code: "no-answer",
      effect: "unknown",
    });
  });

  it("that is none, or says nothing, got nothing", async () => {
    const hook = await hookSink();
    const port = +new URL(hook.url).port;
    await expect(sendMail(mailServer(port), MAIL, OPEN, undefined, 1_500)).rejects.toMatchObject({
      effect: "none",
    });
    const silent: Server = createServer(() => {});
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    closing.push(async () => void silent.close());
    const silentPort = (silent.address() as AddressInfo).port;
    await expect(sendMail(mailServer(silentPort), MAIL, OPEN, undefined, 800)).rejects.toMatchObject({
      code: "refused",
      effect: "none",
    });
  });
});
